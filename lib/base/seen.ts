/**
 * This file has the type by which an actor shows its state to other parts of the node. They can only read it; the owner of the
 * state has the mutable type.
 */
export type Seen<State> = {
  readonly [Key in keyof State]: State[Key] extends Map<infer Id, infer Entry>
    ? ReadonlyMap<Id, Readonly<Entry>>
    : State[Key] extends Set<infer Id>
      ? ReadonlySet<Id>
      : State[Key]
}
