/**
 * The type by which an actor shows its state to other parts of the node. They read it; only the owner of the state, who has
 * the state's own type, can change it.
 */
export type Seen<State> = {
  readonly [Key in keyof State]: State[Key] extends Map<infer Id, infer Entry>
    ? ReadonlyMap<Id, Readonly<Entry>>
    : State[Key] extends Set<infer Id>
      ? ReadonlySet<Id>
      : State[Key]
}
