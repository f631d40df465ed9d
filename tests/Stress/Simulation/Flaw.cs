namespace SwarmLocks.Tests.Stress.Simulation;

/// <summary>A promise of the machine that is not kept, and that the product cannot notice: each must be found by one check of the oracle at least.</summary>
internal enum Flaw
{
    None,

    /// <summary>The kernel lock on the guard excludes only within a process, as where each machine of a network locks for itself.</summary>
    GuardExcludesNobodyElse,

    /// <summary>One process reads a clock that is behind the one of the others.</summary>
    ClockOfOneIsBehind,

    /// <summary>A file that replaces another never gets there.</summary>
    ReplacementsAreLost,

    /// <summary>The counter in the guard file is never written.</summary>
    CounterIsLost,

    /// <summary>A record that is removed stays.</summary>
    RemovalsAreLost,
}
