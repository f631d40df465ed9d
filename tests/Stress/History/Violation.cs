namespace SwarmLocks.Tests.Stress.History;

/// <summary>What locks promise, and a history can show to be broken.</summary>
internal enum Promise
{
    /// <summary>Nobody uses what another has.</summary>
    Exclusion,

    /// <summary>Each request has a token of its own, larger than any before it.</summary>
    Tokens,

    /// <summary>Whoever uses a lease has it.</summary>
    UseWithinLease,

    /// <summary>A lease stays until it is released or broken, its time is over, or its process has ended.</summary>
    NothingVanishes,

    /// <summary>The journal gives the true reason for an end.</summary>
    TrueReasons,

    /// <summary>The journal tells every grant.</summary>
    EverythingTold,

    /// <summary>Nothing fails that should not.</summary>
    NoFailure,
}

/// <summary>A promise that was not kept: one sentence with stamps, and the leases that it is about.</summary>
internal sealed record Violation(Promise Promise, string What, params IReadOnlyList<string> LeaseIds)
{
    public override string ToString() => $"{Promise}: {What}";
}
