/*
 * The view change of Holdfast, for the model checker spin (Holzmann 1997): register, session, quarantine, flush.
 *
 * Three nodes and one lock. Nodes crash, hang for as long as they like (nothing here is urgent but time itself), are
 * evicted while they live, and get the answer to a renewal long after they asked. Time goes in ticks; a session lasts
 * D of them. What must hold at every step:
 *
 *   exclusion  never are two nodes inside the lock with a valid session
 *   fences     every grant's fence (epoch, counter) is above all granted before it
 *   succession no view has two successors
 *
 * Configurations, by -D:
 *   QUORUM       the register is Paxos among the nodes, with sealing and ages, and one node, the victim, is inside all the
 *                time; without it, one atomic object (the file `after-EPOCH`), where the dead may be proven dead
 *   PERMISSION   the lock's consent is a permission from each peer, to be kept; without it, one token
 *   LAST         the number of the last view (views are 0 .. LAST)
 * A mutation is a -D that begins with NOT_ or NO_ or says what is done wrong; each must break a property. docs/model.md
 * has the table.
 *
 * Messages that are sent again until answered (claims, activations, views, votes) need no channel: the step that
 * receives one is possible from the moment when it could have been sent, and may come at any later time, or never.
 * Messages that are sent once (token, permission) are in flight until taken.
 */
#ifndef D
#define D 2
#endif
#ifndef LAST
#ifdef QUORUM
#define LAST 1
#else
#define LAST 2
#endif
#endif
#define VIEWS (LAST + 1)
#define NOBODY 3
#ifndef ENTRIES
#define ENTRIES 2 /* grants in one view; the real counter has 28 bits */
#endif

#define bit(i) (1 << (i))
#define in(mask, i) (((mask) >> (i)) & 1)
#define majority(mask) ((mask) == 3 || (mask) >= 5) /* of three */

/* What is decided. The content of view e; gone[h] is the first view without h. */
byte newest = 0;
byte members[VIEWS];
byte wait[VIEWS * 3]; /* quarantine: how long an entrant waits for h, from its own installation of that view */
byte gone[3];

/* What each node knows. Masks are over the nodes. */
byte alive = 7; /* neither crashed nor ended: a session that is over, or news of a view without oneself */
byte crashed = 0; /* dead, and proven so, while that still counts */
byte inside = 0;
byte installed[3];
byte activated[3]; /* at the same number as installed: the view is active here */
byte session[3];   /* what is left of it, where that counts */
byte since[3];     /* ticks since the installation, as far as they count */
byte proof[3];     /* by the instances of the last activated view: who is certainly not inside */
byte recordedOf[3]; /* about whom a proof, or none, was found when the last view with them was stopped */
byte recorded[3];

/* The flush of each view: what the claims said, added up, and what was made of them, frozen. */
byte claims[VIEWS];
byte claimed[VIEWS];  /* who claimed to hold the lock */
byte informed[VIEWS]; /* about whom somebody informed spoke */
byte cleared[VIEWS];  /* whom somebody informed proved not to be inside */
byte merged = 0;      /* views whose claims were merged */
byte carried[VIEWS];
byte doubted[VIEWS];

/*
 * Renewals. A member's session is taken to be renewed all the time, the worst case for all others: it counts from the
 * deciding that evicts it. What remains of interest is the renewal that was asked for before and is answered after it.
 * (With QUORUM the sessions of one node, the victim, are followed exactly.)
 */
#ifdef QUORUM
bool isAsking = false;
byte askedAge, yes;
#else
byte asking = 0; /* who put a question at the very moment before the deciding that evicted it, and has no answer yet */
#endif

/* The lock. */
#ifdef PERMISSION
byte given[3];            /* to whom this node gave its permission, as it believes */
byte has[3];              /* whose permission this node has */
byte onItsWay[VIEWS * 3]; /* permissions in flight to a node, by giver */
#else
byte counter[3];
byte token = 0;         /* who has the token; more than one in a broken protocol only */
byte onItsWay[VIEWS];   /* tokens in flight, by receiver */
byte carries[VIEWS];
byte touched = 0;
#endif

#ifdef QUORUM
#ifndef BALLOTS
#define BALLOTS 2
#endif
bool isTimed;             /* else only the voting is of interest, and no time goes by */
byte victim;              /* only this node is ever evicted, and only its renewals are late */
byte promised[3];
byte accepted[3];
byte age[3];              /* at each voter: ticks since it last acknowledged the victim, or installed the view */
byte promises[BALLOTS + 1];
byte highest[BALLOTS + 1]; /* the highest ballot accepted by those who promised */
byte youngest[BALLOTS + 1];
byte value[BALLOTS + 1];  /* members */
byte waiting[BALLOTS + 1];
byte accepts[BALLOTS + 1];
#endif

/* Ghosts: what nobody knows and the properties need. */
byte lastEpoch = 0, lastCounter = 0;

hidden byte h;

#define isActive(i) (in(alive, i) && activated[i] == installed[i])
#ifdef CLAIM_BEFORE_STOP
/* Mutation: the instances of the old view go on until the new one is active. */
#define acts(i) in(alive, i)
#else
#define acts(i) isActive(i)
#endif

#define holds(i) (in(inside, i) && session[i] > 0)
#define exclusive() (!(holds(0) && holds(1)) && !(holds(0) && holds(2)) && !(holds(1) && holds(2)))

/* Whom an entrant of view e waits for. */
#define waited(e) ((wait[(e) * 3] -> 1 : 0) | (wait[(e) * 3 + 1] -> 2 : 0) | (wait[(e) * 3 + 2] -> 4 : 0))
#define collector(e) (in(members[e], 0) -> 0 : (in(members[e], 1) -> 1 : 2))
#define firstPlace(e) (in(members[e], 1) -> 1 : (in(members[e], 2) -> 2 : 0))

/* ---------------------------------------------------------------------------------------------- the end of a node */

inline ends(i) {
  alive = alive & ~bit(i);
  inside = inside & ~bit(i);
  installed[i] = 0; activated[i] = 0; session[i] = 0; since[i] = 0;
  proof[i] = 0; recordedOf[i] = 0; recorded[i] = 0;
  forgetFlights(i, VIEWS);
#ifdef PERMISSION
  given[i] = 0; has[i] = 0;
#else
  counter[i] = 0;
  token = token & ~bit(i);
  touched = touched & ~bit(i);
#endif
#ifdef QUORUM
  promised[i] = 0; accepted[i] = 0; age[i] = 0;
  if :: i == victim -> forgetsQuestion() :: else fi
#else
  asking = asking & ~bit(i)
#endif
}

#ifdef QUORUM
inline forgetsQuestion() {
  isAsking = false; askedAge = 0; yes = 0
}
#endif

/* Messages of older views are dropped: they can never be received. */
inline forgetFlights(i, before) {
  h = 0;
  do
  :: h < before ->
#ifdef PERMISSION
     onItsWay[h * 3 + i] = 0;
#else
     if :: in(onItsWay[h], i) -> onItsWay[h] = onItsWay[h] & ~bit(i); carries[h] = 0 :: else fi;
#endif
     h++
  :: else -> break
  od
}

/* --------------------------------------------------------------------------------------------------------- sessions */

inline renews(i, ageNow) {
  /* An answer that comes after the end revives nothing. */
#ifdef SESSION_FROM_RECEIPT
  session[i] = D;
#else
  if :: D - ageNow > session[i] -> session[i] = D - ageNow :: else fi;
#endif
}

/* ---------------------------------------------------------------------------------------------- installing, claiming */

inline stops(i) {
  /* What this node can prove of each other by its instances, or by having none. */
#ifdef PERMISSION
#ifdef PERMISSION_NOT_NOTED
  proof[i] = 7;
#else
  proof[i] = 7 & ~given[i];
#endif
#else
  proof[i] = (in(token, i) -> 7 : 0);
#ifdef UNTOUCHED_IS_FREE
  if :: !in(touched, i) -> proof[i] = 7 :: else fi;
#endif
#endif
  if :: in(inside, i) -> proof[i] = 7 :: else fi;
#ifndef CLAIM_BEFORE_STOP
#ifdef PERMISSION
  given[i] = 0; has[i] = 0;
#else
  counter[i] = 0;
  token = token & ~bit(i);
  touched = touched & ~bit(i);
#endif
#endif
}

/* Claims once for view e, from the last view that it activated. */
inline claim(i, e) {
  h = 0;
  do
  :: h < 3 ->
     if
     :: wait[e * 3 + h] > 0 ->
        if
        :: activated[i] + 1 == gone[h] ->
           recordedOf[i] = recordedOf[i] | bit(h);
           recorded[i] = (recorded[i] & ~bit(h)) | (proof[i] & bit(h));
           informed[e] = informed[e] | bit(h);
           cleared[e] = cleared[e] | (proof[i] & bit(h))
        :: activated[i] + 1 > gone[h] ->
#ifdef DOUBTS_READ_AGAIN
           informed[e] = informed[e] | bit(h);
           cleared[e] = cleared[e] | (proof[i] & bit(h))
#else
           informed[e] = informed[e] | (recordedOf[i] & bit(h));
           cleared[e] = cleared[e] | (recorded[i] & bit(h))
#endif
        :: else ->
#ifdef UNINFORMED_HAS_NO_DOUBT
           informed[e] = informed[e] | bit(h);
           cleared[e] = cleared[e] | bit(h)
#else
           skip
#endif
        fi
     :: else
     fi;
     h++
  :: else -> break
  od;
  claims[e] = claims[e] | bit(i);
  if :: in(inside, i) -> claimed[e] = claimed[e] | bit(i) :: else fi
}

/* What nobody will ever ask for again is forgotten, so that the search need not tell such states apart. */
inline tidies() {
  h = 0;
  do
  :: h < LAST ->
     if
     :: h < newest && !(in(alive, 0) && activated[0] <= h) && !(in(alive, 1) && activated[1] <= h) && !(in(alive, 2) && activated[2] <= h) ->
        claims[h] = 0; claimed[h] = 0; informed[h] = 0; cleared[h] = 0; carried[h] = 0; doubted[h] = 0
     :: else
     fi;
     h++
  :: else -> break
  od;
  crashed = (newest < LAST -> crashed & members[newest] : 0)
}

inline installs(i, e) {
  if
  :: !in(members[e], i) -> ends(i)
  :: else ->
     if :: activated[i] == installed[i] -> stops(i) :: else fi;
     installed[i] = e;
     claim(i, e);
#ifndef OLD_MESSAGES_KEPT
#ifndef CLAIM_BEFORE_STOP
     forgetFlights(i, e);
#endif
#endif
     /* Without a wait the time since the installation counts for nothing. */
     since[i] = (waited(e) -> 0 : D);
#ifdef QUORUM
     promised[i] = 0; accepted[i] = 0; age[i] = 0;
     if :: i == victim -> forgetsQuestion() :: else fi
#endif
  fi
}

/* ------------------------------------------------------------------------------------------------ merging, activating */

inline merges(e) {
  merged = merged | bit(e);
#ifdef HOLDS_NOT_CARRIED
  carried[e] = NOBODY;
#else
  carried[e] = (in(claimed[e], 0) -> 0 : (in(claimed[e], 1) -> 1 : (in(claimed[e], 2) -> 2 : NOBODY)));
#endif
#ifdef NOBODY_INFORMED_IS_FREE
  doubted[e] = informed[e] & ~cleared[e] & ~members[e];
#else
  doubted[e] = 7 & ~cleared[e] & ~members[e];
#endif
  /* A survivor that is inside alone settles it. */
  if :: carried[e] != NOBODY -> doubted[e] = 0 :: else fi;
  /* Only what is still waited for counts; and claims are needed no more. */
  doubted[e] = doubted[e] & waited(e);
#ifndef MERGED_TWICE
  claims[e] = 0; claimed[e] = 0;
#endif
  informed[e] = 0; cleared[e] = 0
}

inline activates(i, e) {
  activated[i] = e;
  proof[i] = 0;
#ifdef PERMISSION
  given[i] = 0;
  has[i] = 0;
  if
  :: carried[e] == i -> has[i] = members[e] & ~bit(i)
  :: carried[e] != NOBODY && carried[e] != i -> given[i] = bit(carried[e])
  :: else
  fi;
#else
  counter[i] = 0;
  touched = touched & ~bit(i);
  token = token & ~bit(i);
  if
  :: carried[e] == i || (carried[e] == NOBODY && firstPlace(e) == i) -> token = token | bit(i)
  :: else
  fi
#endif
}

/* --------------------------------------------------------------------------------------------------------------- lock */

#define waitedOut(i, e, other) (!in(doubted[e], other) || wait[(e) * 3 + (other)] <= since[i])
#define mayEnter(i) (acts(i) && session[i] > 0 && !in(inside, i) && \
  waitedOut(i, activated[i], 0) && waitedOut(i, activated[i], 1) && waitedOut(i, activated[i], 2))

inline enters(i) {
  inside = inside | bit(i);
  assert(exclusive());
  /* The fence rises. */
#ifdef PERMISSION
  assert(activated[i] >= lastEpoch);
#else
  counter[i]++;
  assert(activated[i] > lastEpoch || (activated[i] == lastEpoch && counter[i] > lastCounter));
  lastCounter = counter[i];
#endif
  lastEpoch = activated[i];
#ifndef PERMISSION
#ifdef UNTOUCHED_IS_FREE
  touched = touched | bit(i);
#endif
#endif
}

#define hears(i, count) counter[i] = (counter[i] > (count) -> counter[i] : (count))

/* -------------------------------------------------------------------------------------------- the steps of each node */

#ifndef QUORUM
#define isStory true
#endif
#define newerFor(i, e) (isStory && in(alive, i) && (e) <= newest && (e) > installed[i])
#ifdef NOT_ALL_CLAIMS
#define enoughClaims(e, i) (in(claims[e], i))
#else
#define enoughClaims(e, i) (claims[e] == members[e])
#endif

#define INSTALL(i, e) :: d_step { newerFor(i, e) -> installs(i, e); tidies(); h = 0 }
#define MERGE(i, e) :: d_step { in(alive, i) && installed[i] == e && collector(e) == i && !in(merged, e) && enoughClaims(e, i) -> \
  merges(e); activates(i, e); tidies(); h = 0 }
#ifdef MERGED_TWICE
/* Mutation: a hold ended after it was claimed; its owner claims anew, and the claims are merged anew. */
#define MERGE_AGAIN(i, e) :: d_step { in(alive, i) && installed[i] == e && in(merged, e) && carried[e] == i && !in(inside, i) -> \
  claimed[e] = claimed[e] & ~bit(i); merges(e) }
#else
#define MERGE_AGAIN(i, e)
#endif
#define ACTIVATE(i, e) :: d_step { in(alive, i) && installed[i] == e && activated[i] < e && in(merged, e) -> activates(i, e); tidies(); h = 0 }

/*
 * A crash that everybody can prove. A crash that nobody can prove needs no step of its own, for it looks like a node that
 * hangs from now on: none of the steps here has to be taken.
 */
#define CRASH(i) :: d_step { in(alive, i) && newest < LAST -> ends(i); crashed = crashed | bit(i); tidies(); h = 0 }
#define LEAVE(i) :: d_step { in(inside, i) -> inside = inside & ~bit(i) }

#ifdef PERMISSION
#define hasAll(i) (has[i] == (members[activated[i]] & ~bit(i)))
#define ENTER(i) :: d_step { mayEnter(i) && hasAll(i) -> enters(i) }
/*
 * One gives its permission to another that wants it. That two do not give each other theirs at once is the algorithm's
 * own business, by its stamps: here the pair is taken to be in agreement.
 */
#define flightIndex(i) (activated[i] * 3)
#define mayGive(i, j) (acts(i) && in(members[activated[i]], j) && !in(inside, i) && !in(given[i], j) && \
  (in(has[i], j) || (!in(onItsWay[flightIndex(i) + i], j) && !(activated[j] == activated[i] && (in(has[j], i) || in(given[j], i))) && \
   !(activated[j] != activated[i] && carried[activated[i]] == j))))
#define PASS(i, j) :: d_step { mayGive(i, j) -> has[i] = has[i] & ~bit(j); given[i] = given[i] | bit(j); \
  if :: in(alive, j) && installed[j] <= activated[i] -> onItsWay[flightIndex(i) + j] = onItsWay[flightIndex(i) + j] | bit(i) :: else fi }
#ifdef OLD_MESSAGES_KEPT
#define ofView(i, e) (e) <= activated[i]
#else
#define ofView(i, e) (e) == activated[i]
#endif
#define TAKE(i, j, e) :: d_step { acts(i) && ofView(i, e) && in(onItsWay[(e) * 3 + i], j) -> \
  onItsWay[(e) * 3 + i] = onItsWay[(e) * 3 + i] & ~bit(j); has[i] = has[i] | bit(j); given[i] = given[i] & ~bit(j) }
#else
#define ENTER(i) :: d_step { mayEnter(i) && in(token, i) && counter[i] < ENTRIES -> enters(i) }
#define PASS(i, j) :: d_step { acts(i) && in(token, i) && !in(inside, i) && in(members[activated[i]], j) -> \
  token = token & ~bit(i); TOUCH(i); \
  if :: in(alive, j) && installed[j] <= activated[i] -> \
    onItsWay[activated[i]] = onItsWay[activated[i]] | bit(j); carries[activated[i]] = counter[i] :: else fi }
#ifdef OLD_MESSAGES_KEPT
#define ofView(i, e) (e) <= activated[i]
#else
#define ofView(i, e) (e) == activated[i]
#endif
#ifdef UNTOUCHED_IS_FREE
#define TOUCH(i) touched = touched | bit(i)
#else
#define TOUCH(i) skip
#endif
#define TAKE(i, j, e) :: d_step { j == 0 && acts(i) && ofView(i, e) && in(onItsWay[e], i) -> \
  onItsWay[e] = onItsWay[e] & ~bit(i); token = token | bit(i); TOUCH(i); hears(i, carries[e]); carries[e] = 0 }
#endif

/* ----------------------------------------------------------------------------------------------------------- register */

#ifdef QUORUM

#define mayAcknowledge(v, e) (in(alive, v) && installed[v] == (e) && isUnsealed(v))
#if defined(NO_SEAL)
#define isUnsealed(v) true
#elif defined(SEALED_AT_ACCEPTANCE)
#define isUnsealed(v) (accepted[v] == 0)
#else
#define isUnsealed(v) (promised[v] == 0)
#endif

/* A view that lists the victim ends the story; only another successor is still looked for. */
#define isStory (isTimed && (newest == 0 || !in(members[1], victim)))
/* With time, whatever is voted after the deciding makes no difference; without, it shows whether there are two successors. */
#define isVoting (newest == 0 || !isTimed)
#define ASK :: d_step { isStory && in(alive, victim) && session[victim] > 0 && !isAsking -> isAsking = true }
/* More answers than decide would only make the voters' ages smaller, and the wait longer. */
#define ACKNOWLEDGE(v) :: d_step { isStory && isAsking && !majority(yes) && !in(yes, v) && mayAcknowledge(v, 0) -> yes = yes | bit(v); age[v] = 0 }
#define RENEWED :: d_step { isStory && isAsking && majority(yes) && session[victim] > 0 -> \
  renews(victim, askedAge); forgetsQuestion(); assert(exclusive()) }

#ifdef NO_QUARANTINE
#define fullWait(b) 0
#elif defined(AGES_IGNORED)
#define fullWait(b) D
#else
#define fullWait(b) (D - youngest[b])
#endif

#ifdef OLDEST_AGE_SUBTRACTED
#define subtracts(years, b) ((years) > youngest[b])
#define unheard 0
#else
#define subtracts(years, b) ((years) < youngest[b])
#define unheard D
#endif

/* The answer of the voter may be lost: it is sealed all the same. */
#define mayPromise(v, b) (isVoting && in(alive, v) && installed[v] == 0 && promised[v] < (b))
#define PROMISE(v, b) :: d_step { mayPromise(v, b) && value[b] == 0 -> promised[v] = b; promises[b] = promises[b] | bit(v); \
  if :: accepted[v] > highest[b] -> highest[b] = accepted[v] :: else fi; \
  if :: subtracts(age[v], b) -> youngest[b] = age[v] :: else fi }
#define PROMISE_LOST(v, b) :: d_step { mayPromise(v, b) -> promised[v] = b }
#ifdef ACCEPTED_VALUE_IGNORED
#define takesOver(b) false
#else
#define takesOver(b) (highest[b] != 0)
#endif
#define CHOOSE(b) \
  :: d_step { majority(promises[b]) && value[b] == 0 && takesOver(b) -> value[b] = value[highest[b]]; waiting[b] = waiting[highest[b]]; CHOSEN(b) } \
  :: d_step { majority(promises[b]) && value[b] == 0 && !takesOver(b) -> value[b] = 7 & ~bit(victim); waiting[b] = fullWait(b); CHOSEN(b) } \
  :: d_step { majority(promises[b]) && value[b] == 0 && !takesOver(b) -> value[b] = 7; CHOSEN(b) }
/* What the promises said is used up. */
#define CHOSEN(b) promises[b] = 0; highest[b] = 0; youngest[b] = unheard
#ifdef PROMISE_NOT_KEPT
#define mayAccept(v, b) (accepted[v] < (b))
#else
#define mayAccept(v, b) (promised[v] <= (b) && accepted[v] < (b))
#endif
#define ACCEPT(v, b) :: d_step { isVoting && value[b] != 0 && in(alive, v) && installed[v] == 0 && mayAccept(v, b) -> \
  promised[v] = b; accepted[v] = b; accepts[b] = accepts[b] | bit(v); \
  if \
  :: majority(accepts[b]) && newest == 0 -> wait[3 + victim] = waiting[b]; decides(value[b]); h = 0 \
  :: majority(accepts[b]) && newest == 1 -> assert(value[b] == members[1] && waiting[b] == wait[3 + victim]) /* one successor */ \
  :: else \
  fi }

inline decides(listed) {
  newest = 1;
  members[1] = listed;
  if :: !in(listed, victim) -> gone[victim] = 1 :: else fi;
  if
  :: isTimed ->
     h = 0;
     do
     :: h < 3 -> age[h] = D; accepted[h] = (accepted[h] -> 1 : 0); promised[h] = (promised[h] -> 1 : 0); h++
     :: else -> break
     od;
     h = 1;
     do
     :: h <= BALLOTS -> promises[h] = 0; value[h] = 0; waiting[h] = 0; accepts[h] = 0; highest[h] = 0; youngest[h] = unheard; h++
     :: else -> break
     od
  :: else
  fi
}

#define REGISTER(i) ACKNOWLEDGE(i) EACH_BALLOT(PROMISE, i) EACH_BALLOT(PROMISE_LOST, i) EACH_BALLOT(ACCEPT, i)
#if BALLOTS == 3
#define EACH_BALLOT(STEP, i) STEP(i, 1) STEP(i, 2) STEP(i, 3)
#define REGISTER_ALONE ASK RENEWED CHOOSE(1) CHOOSE(2) CHOOSE(3)
#else
#define EACH_BALLOT(STEP, i) STEP(i, 1) STEP(i, 2)
#define REGISTER_ALONE ASK RENEWED CHOOSE(1) CHOOSE(2)
#endif

#else /* the atomic register */

/* The chain of views was read before the deciding; any time may go by until the answer is acted upon. */
#define RENEWED(i) :: d_step { in(asking, i) && session[i] > 0 -> \
  renews(i, D - session[i]); asking = asking & ~bit(i); assert(exclusive()) }
#ifdef NO_SEAL
/* Mutation: whoever was evicted is renewed. */
#define RENEWED_LATE(i) :: d_step { in(alive, i) && gone[i] && session[i] > 0 && session[i] < D -> session[i] = D }
#else
#define RENEWED_LATE(i)
#endif

#ifdef NO_QUARANTINE
#define fullWait(h) 0
#else
#define fullWait(h) (in(crashed, h) -> 0 : D)
#endif

/* Whoever creates the file has decided. Anybody may be evicted, dead or alive. */
inline decides(i, evicted) {
  newest++;
  members[newest] = members[newest - 1] & ~(evicted);
  h = 0;
  do
  :: h < 3 ->
     if
     :: in(members[newest - 1], h) && in(evicted, h) -> 
        gone[h] = newest;
        wait[newest * 3 + h] = fullWait(h);
        asking = asking | (bit(h) & alive)
#ifndef QUARANTINE_NOT_CARRIED
     :: !in(members[newest - 1], h) && wait[(newest - 1) * 3 + h] > since[i] ->
        wait[newest * 3 + h] = wait[(newest - 1) * 3 + h] - since[i]
#endif
     :: else
     fi;
     h++
  :: else -> break
  od
}

#define PROPOSE(i, evicted) :: d_step { in(alive, i) && installed[i] == newest && newest < LAST && !in(evicted, i) && \
  ((evicted) & members[newest]) == (evicted) -> decides(i, evicted); tidies(); h = 0 }

#define REGISTER(i) RENEWED(i) RENEWED_LATE(i) PROPOSE(i, 0) PROPOSE(i, 1) PROPOSE(i, 2) PROPOSE(i, 3) \
  PROPOSE(i, 4) PROPOSE(i, 5) PROPOSE(i, 6)
#define REGISTER_ALONE

#endif

/* --------------------------------------------------------------------------------------------------------------- time */

#define older(x, most) x = ((x) < (most) -> (x) + 1 : (most))
#define younger(x) x = ((x) > 0 -> (x) - 1 : 0)

#ifdef QUORUM
#define counts(i) (i == victim)
#else
#define counts(i) (gone[i] > 0)
#endif

inline ticks() {
  h = 0;
  do
  :: h < 3 ->
     if :: counts(h) -> younger(session[h]) :: else fi;
     if :: in(alive, h) -> older(since[h], D) :: else fi;
#ifdef QUORUM
     if :: in(alive, h) && installed[h] == 0 -> older(age[h], D) :: else fi;
#endif
     h++
  :: else -> break
  od;
#ifdef QUORUM
  if :: isAsking -> older(askedAge, D) :: else fi;
#endif
  h = 0
}

/* --------------------------------------------------------------------------------------------------------------- all */

#if LAST == 2
#define EACH(STEP, i) STEP(i, 1) STEP(i, 2)
#define EACH_TAKE(i, j) TAKE(i, j, 0) TAKE(i, j, 1) TAKE(i, j, 2)
#else
#define EACH(STEP, i) STEP(i, 1)
#define EACH_TAKE(i, j) TAKE(i, j, 0) TAKE(i, j, 1)
#endif

#ifdef QUORUM
/* The flush is left to the other configurations: whoever has waited may enter. */
#define ENTRANT(i) :: d_step { newest == 1 && installed[i] == 1 && i != victim && isStory && wait[3 + victim] <= since[i] -> \
  assert(!holds(victim)) }
#define NODE(i, j, l) REGISTER(i) INSTALL(i, 1) ENTRANT(i)
#else
#define NODE(i, j, l) REGISTER(i) EACH(INSTALL, i) EACH(MERGE, i) EACH(MERGE_AGAIN, i) EACH(ACTIVATE, i) CRASH(i) \
  ENTER(i) LEAVE(i) PASS(i, j) PASS(i, l) EACH_TAKE(i, j) EACH_TAKE(i, l)
#endif

init {
  d_step {
    members[0] = 7; merged = 1; carried[0] = NOBODY; claims[0] = 7;
    session[0] = D; session[1] = D; session[2] = D;
    since[0] = D; since[1] = D; since[2] = D;
#ifdef QUORUM
    h = 1;
    do :: h <= BALLOTS -> youngest[h] = unheard; h++ :: else -> break od;
    h = 0;
#else
#ifndef PERMISSION
    token = bit(firstPlace(0))
#endif
#endif
  }
#ifdef QUORUM
  if :: isTimed = false :: isTimed = true fi;
  if :: victim = 0 :: victim = 1 :: victim = 2 fi;
  inside = bit(victim);
  token = inside;
#endif
end:
  do
  :: d_step { isStory -> ticks() }
  NODE(0, 1, 2)
  NODE(1, 0, 2)
  NODE(2, 0, 1)
  REGISTER_ALONE
  od
}
