/*
 * The protocol of the file store, small enough that every interleaving can be tried. See README.md for what stands for which code,
 * what is left out, and how to run it.
 *
 * One lock file, N processes that acquire, renew, release, take over and reap without end. Between any two steps any process may stand still for any
 * time, or be killed. A step is one system call, or what a process does in its own memory between two of them.
 *
 * Time: an instant is kept as how long it is still ahead, so that time never runs out of numbers. A tick brings all instants nearer, wherever they are
 * noted: in the lock file, in the file about to replace it, or in the memory of a process that stands still meanwhile.
 */
#ifndef N
#define N 3
#endif

/* How long a lease lasts, in ticks. Two, so that an instant can be now, near or far. */
#ifndef TTL
#define TTL 2
#endif

/* What a lock file says; below N it is the number of the holder. */
#define NOBODY     N           /* a record without holders, kept for its count of abandonments */
#define ABSENT     (N + 1)     /* no such file */
#define TORN(p)    (N + 2 + p) /* created by p, who has not written it yet */
#define IS_TORN(w) (w > ABSENT)

#define FREE N /* nobody has the guard */

/* Broken variants: each define leaves out one rule, and must lead to an error. */
#ifdef NO_GUARD_ON_ACQUIRE
#define GUARDS_ACQUIRE false
#else
#define GUARDS_ACQUIRE true
#endif
#ifdef NO_GUARD_ON_RENEW
#define GUARDS_RENEW false
#else
#define GUARDS_RENEW true
#endif
#ifdef NO_GUARD_ON_RELEASE
#define GUARDS_RELEASE false
#else
#define GUARDS_RELEASE true
#endif
#ifdef NO_GUARD_ON_REAP
#define GUARDS_REAP false
#else
#define GUARDS_REAP true
#endif

typedef Record { byte who; byte left }

Record file;         /* the lock file */
Record next;         /* next.tmp, about to replace it */
Record spare;        /* for an exchange, never kept */
byte guard = FREE;   /* who has the kernel lock */

Record view[N];      /* what a process has loaded */
byte fresh[N];       /* when the entry it is about to write will expire */
byte sent[N];        /* when a lease counted from before its request expires */
byte deadline[N];    /* when a holder stops believing */
bool holds[N];       /* whether it has a handle that was not told of a loss */
bool dead[N];

#ifdef NO_SELF_DEADLINE
#define BELIEVES(p) (holds[p])
#else
/* A process that was paused looks at the clock before it believes: that it has not noticed its deadline does not make it a holder. */
#define BELIEVES(p) (holds[p] && deadline[p] > 0)
#endif

#define NEARER(instant) instant = (instant > 0 -> instant - 1 : 0)
#define LATER(a, b) (a > b -> a : b)

/* Another's entry is in the way while it is live. A crashed process may be seen to be dead, or not: its session may be unknown, or it had none. */
#define HELD(p)   (view[p].who < N)
#ifdef NEVER_STALE
#define LIVE(p)   HELD(p)
#define STALE(p)  false
#else
#define LIVE(p)   (HELD(p) && view[p].left > 0)
#define STALE(p)  (HELD(p) && (view[p].left == 0 || dead[view[p].who]))
#endif

#ifdef RELEASE_WHOEVER_HOLDS
#define MAY_RELEASE(p) HELD(p)
#else
#define MAY_RELEASE(p) (view[p].who == p)
#endif

#ifdef REMOVE_OUTSIDE_GUARD
#define REMOVE(p) replace(p, NOBODY, 0)
#else
#define REMOVE(p) unlink(p)
#endif

byte p; /* for loops inside one step */

inline only_believer(it) {
  for (p : 0 .. N - 1) {
    assert(p == it || !BELIEVES(p))
  }
  p = 0
}

/* What nobody will look at again is cleared, so that states that differ in nothing else are one. */
inline forget(it) {
  view[it].who = ABSENT; view[it].left = 0
}

/* ---- system calls, each one step ---- */

inline enter(it, guarded) {
  if
  :: guarded -> atomic { guard == FREE -> guard = it; printf("P%d enters the guard\n", it) }
  :: !guarded -> skip
  fi
}

inline leave(it, guarded) {
  d_step {
    if
    :: guarded -> guard = FREE; printf("P%d leaves the guard\n", it)
    :: else
    fi
  }
}

/* The clock is read after loading, so that no record is younger than the instant it is judged at; what is granted counts from that instant. */
inline decide(it) {
  forget(it); fresh[it] = TTL
}

inline unlink(it) {
  d_step { file.who = ABSENT; file.left = 0; printf("P%d unlinks the lock file\n", it) }
}

/* The remnant of a dead writer is removed; under the guard nobody else writes. */
inline load(it) {
  d_step {
    view[it].who = file.who; view[it].left = file.left;
    if
    :: file.who < N       -> printf("P%d reads that P%d holds the lock for %d more\n", it, file.who, file.left)
    :: file.who == NOBODY -> printf("P%d reads that nobody holds the lock\n", it)
    :: file.who == ABSENT -> printf("P%d finds no lock file\n", it)
    :: file.who > ABSENT  -> printf("P%d finds a lock file without content\n", it)
    fi
  }
  if
  :: IS_TORN(view[it].who) -> unlink(it); d_step { view[it].who = ABSENT; view[it].left = 0 }
  :: else
  fi
}

/* O_CREAT|O_EXCL, then one write into what was created, which somebody may have unlinked. */
inline create(it) {
  if
  :: d_step { file.who == ABSENT -> file.who = TORN(it); file.left = 0; printf("P%d creates the lock file\n", it) }
     d_step {
       if
       :: file.who == TORN(it) -> file.who = it; file.left = fresh[it]
       :: else
       fi;
       fresh[it] = 0; done = true; printf("P%d writes itself as holder\n", it)
     }
  :: d_step { file.who != ABSENT -> fresh[it] = 0; printf("P%d cannot create the lock file: there is one\n", it) }
  fi
}

/*
 * Prepare the other file; then let the two change places and remove the old record, or, where files cannot do that, File.Replace on Unix:
 * look whether the target is there, rename. Processes of both kinds may share a store.
 */
inline replace(it, holder, until) {
  d_step { next.who = holder; next.left = until; fresh[it] = 0; printf("P%d prepares next.tmp\n", it) }
  if
  :: d_step {
       file.who != ABSENT && next.who != ABSENT ->
       spare.who = file.who; spare.left = file.left;
       file.who = next.who; file.left = next.left;
       next.who = spare.who; next.left = spare.left; spare.who = 0; spare.left = 0;
       done = true; printf("P%d exchanges next.tmp and the lock file\n", it)
     }
     d_step { next.who = ABSENT; next.left = 0; printf("P%d removes next.tmp\n", it) }
  :: d_step { file.who != ABSENT -> printf("P%d sees that there is a lock file to replace\n", it) }
     d_step {
       if
       :: next.who != ABSENT ->
          file.who = next.who; file.left = next.left; next.who = ABSENT; next.left = 0;
          done = true; printf("P%d renames next.tmp over the lock file\n", it)
       :: else -> printf("P%d finds next.tmp gone\n", it)
       fi
     }
  :: d_step { file.who == ABSENT -> next.who = ABSENT; next.left = 0; printf("P%d finds nothing to replace\n", it) }
  fi
}

/* ---- a process that does everything, for ever ---- */

proctype Process(byte me) {
  bool done; /* whether the disk did what the store was asked for */
  {
idle:
    do
    :: goto acquire
#ifdef LIVENESS
    :: me != 0 -> goto reap /* the first one only ever asks for the lock */
#else
    :: goto reap
#endif
    od;

acquire:
    atomic { sent[me] = TTL; printf("P%d sends a request\n", me) }
    enter(me, GUARDS_ACQUIRE);
    load(me);
    if
    :: d_step { view[me].who == ABSENT -> decide(me); printf("P%d may have it\n", me) }
       create(me)
    :: d_step { view[me].who == NOBODY || view[me].who == me -> decide(me); printf("P%d may have it\n", me) }
       replace(me, me, fresh[me])
    :: d_step { STALE(me) && view[me].who != me -> printf("P%d takes over from P%d, which is stale\n", me, view[me].who); decide(me) }
       if
       :: replace(me, me, fresh[me])
       :: unlink(me); create(me) /* the stale one stands in another, overlapping record */
       fi
    :: d_step { LIVE(me) && view[me].who != me -> forget(me); sent[me] = 0; printf("P%d is refused\n", me) }
       leave(me, GUARDS_ACQUIRE);
       goto idle
    fi;
progress_granted:
    leave(me, GUARDS_ACQUIRE);
    d_step {
#ifdef DEADLINE_FROM_REPLY
      sent[me] = TTL;
#endif
      done = done && sent[me] > 0;
      if
      :: done -> holds[me] = true; deadline[me] = sent[me]; printf("P%d believes for %d\n", me, deadline[me]); only_believer(me)
      :: else -> printf("P%d hears of its grant too late\n", me)
      fi;
      sent[me] = 0
    }
    if
    :: done -> done = false; goto held
    :: else -> goto ended
    fi;
held:
progress_held:
    do
    :: goto renew
    :: goto ended /* is released, or notices its deadline */
    od;

renew:
    atomic { sent[me] = TTL; printf("P%d sends a renewal\n", me) }
    enter(me, GUARDS_RENEW);
    load(me);
    if
    :: d_step { view[me].who == me && view[me].left > 0 -> decide(me); printf("P%d may renew\n", me) }
       replace(me, me, fresh[me])
    :: d_step { view[me].who != me || view[me].left == 0 -> forget(me); printf("P%d has nothing to renew\n", me) }
    fi;
    leave(me, GUARDS_RENEW);
    d_step {
#ifndef NO_SELF_DEADLINE
      /* Renewed too late to be sure that nobody had it in between. */
      done = done && deadline[me] > 0;
#endif
      if
      :: done -> deadline[me] = LATER(deadline[me], sent[me]); printf("P%d goes on believing, for %d\n", me, deadline[me]); only_believer(me)
      :: else
      fi;
      sent[me] = 0
    }
    if
    :: done -> done = false; goto held
    :: else -> goto ended
    fi;

ended:
    atomic { holds[me] = false; deadline[me] = 0; printf("P%d stops believing\n", me) }
    if
    :: goto idle /* gives nothing back: the store is busy, or nobody disposes the handle */
    :: goto release
    fi;

release:
    enter(me, GUARDS_RELEASE);
    load(me);
    if
    :: d_step { MAY_RELEASE(me) -> forget(me); printf("P%d finds a lease to give back\n", me) }
       REMOVE(me)
    :: d_step { MAY_RELEASE(me) && !LIVE(me) -> forget(me); printf("P%d finds what is left of its lease, and a count to keep\n", me) }
       replace(me, NOBODY, 0)
    :: d_step { !MAY_RELEASE(me) -> forget(me); printf("P%d has nothing to give back\n", me) }
    fi;
    done = false;
    leave(me, GUARDS_RELEASE);
#ifdef REMOVE_OUTSIDE_GUARD
    if
    :: file.who == NOBODY -> printf("P%d sees an empty record, outside the guard\n", me); unlink(me)
    :: file.who != NOBODY
    fi;
#endif
    goto idle;

reap:
    enter(me, GUARDS_REAP);
    load(me);
    if
    :: d_step { STALE(me) -> printf("P%d reaps P%d\n", me, view[me].who); forget(me) }
       replace(me, NOBODY, 0)
    :: d_step { view[me].who == NOBODY -> forget(me); printf("P%d resets the count\n", me) }
       unlink(me)
    :: d_step { forget(me); printf("P%d finds nothing to reap\n", me) }
    fi;
    done = false;
    leave(me, GUARDS_REAP);
    goto idle
  } unless {
    dead[me]
  }
}

/* ---- time and death ---- */

#define NOTED(p) (view[p].left + fresh[p] + sent[p] + deadline[p])
#if N == 2
#define SOMETHING_AHEAD (file.left + next.left + NOTED(0) + NOTED(1) > 0)
#else
#define SOMETHING_AHEAD (file.left + next.left + NOTED(0) + NOTED(1) + NOTED(2) > 0)
#endif

inline tick() {
  NEARER(file.left); NEARER(next.left);
  for (p : 0 .. N - 1) {
    NEARER(view[p].left); NEARER(fresh[p]); NEARER(sent[p]); NEARER(deadline[p])
  }
  p = 0;
  printf("-- time passes --\n")
}

/* Whatever it was doing. The kernel frees what a dead process had locked. */
inline kill(victim) {
  dead[victim] = true; holds[victim] = false; deadline[victim] = 0; sent[victim] = 0;
  forget(victim); fresh[victim] = 0;
#ifndef GUARD_SURVIVES_DEATH
  if
  :: guard == victim -> guard = FREE; next.who = ABSENT; next.left = 0 /* whoever needs it makes it anew first */
  :: else
  fi;
#endif
  printf("-- P%d is killed --\n", victim)
}

init {
  d_step {
    file.who = ABSENT; next.who = ABSENT;
    for (p : 0 .. N - 1) { view[p].who = ABSENT }
    p = 0
  }
  atomic {
    run Process(0); run Process(1);
#if N > 2
    run Process(2)
#endif
  }
  /* Where nothing is ahead a tick would hide that everybody else is stuck. */
end:
  do
  :: d_step { SOMETHING_AHEAD -> tick() }
#if N > 2
  :: d_step { !dead[2] -> kill(2) }
  :: d_step { dead[2] && !dead[1] -> kill(1) }
#else
  :: d_step { !dead[1] -> kill(1) }
#endif
  od
}
