using Xunit.Abstractions;
using static SwarmLocks.Tests.Stress.CrashPoints.Arranged;

namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary>
/// Every command that changes the store, killed at every system call that touches it. What is left is as before or as after; whoever comes next goes on at
/// once, with a larger token; and nothing stays behind.
/// </summary>
[Collection(Swarm.Name)]
[Trait(Proof.Trait, Proof.Value)]
public sealed class CrashPointTests(ITestOutputHelper output)
{
    private const string Victim = CrashScenario.Victim;
    private const int HeldByOthers = 77;

    [NativeFact]
    public Task The_first_acquire_killed_while_it_makes_the_store_leaves_what_the_next_one_completes() => KillAsync("making the store",
        new CrashScenario("the first use", "acquire", "src/a.cs"));

    [NativeFact]
    public Task An_acquire_killed_anywhere_leaves_the_lock_free_or_its_own() => KillAsync("acquire",
        new("a fresh path", "acquire", "src/a.cs") { Arrange = Held(("neighbour", "src/b.cs")) },
        new("a fresh glob", "acquire", "glob:src/**/*.cs") { Arrange = Held(("neighbour", "docs/b.md")) },
        new("a second to share", "acquire", "src/a.cs", "--shared") { Arrange = SharedAsync },
        new("over the remnant of a dead writer", "acquire", "src/a.cs") { Arrange = RemnantAsync });

    [NativeFact]
    public Task An_acquire_of_several_killed_between_two_records_leaves_each_free_or_its_own() => KillAsync("acquire several",
        new CrashScenario("three at once", "acquire", "src/a.cs", "plan:42", "glob:docs/**")
        {
            Arrange = Held(("neighbour", "src/b.cs")),
            Contested = ["src/a.cs", "plan:42", "docs/guide.md"],
            RecordByRecord = true,
        });

    [NativeFact]
    public Task A_re_entry_killed_anywhere_leaves_the_lease_as_it_was_or_extended() => KillAsync("re-entry",
        new("for longer", "acquire", "src/a.cs", "--ttl", "20m", "--reason", "more work") { Arrange = Held((Victim, "src/a.cs")) },
        new("from shared to exclusive", "acquire", "src/a.cs") { Arrange = SharedByVictimAsync });

    [NativeFact]
    public Task A_takeover_killed_anywhere_leaves_the_stale_lease_or_the_new_one() => KillAsync("takeover",
        new CrashScenario("of the same path", "acquire", "src/a.cs") { Arrange = Expired("src/a.cs") });

    [NativeFact]
    public Task A_takeover_killed_between_taking_the_stale_lock_away_and_making_the_new_one_leaves_a_free_resource() => KillAsync("takeover of another record",
        new CrashScenario("of a glob in the way", "acquire", "src/a.cs") { Arrange = Expired("glob:src/**", "glob:**/*.cs"), Contested = ["src/a.cs", "src/b.cs"], RecordByRecord = true });

    [NativeFact]
    public Task A_renewal_killed_anywhere_leaves_the_lease_held_with_the_old_end_or_the_new_one() => KillAsync("renew",
        new("one", "renew", "src/a.cs", "--ttl", "20m") { Arrange = Held((Victim, "src/a.cs"), ("neighbour", "src/b.cs")) },
        new("all", "renew", "--all", "--ttl", "20m")
        {
            Arrange = Held((Victim, "src/a.cs"), (Victim, "plan:42"), ("neighbour", "src/b.cs")),
            Contested = ["src/a.cs", "plan:42"],
            RecordByRecord = true,
        });

    [NativeFact]
    public Task A_release_killed_anywhere_leaves_the_lease_or_a_free_lock() => KillAsync("release",
        new("the only entry", "release", "src/a.cs") { Arrange = Held((Victim, "src/a.cs"), ("neighbour", "src/b.cs")) },
        new("one of two that share", "release", "src/a.cs") { Arrange = SharedBothAsync, CodeWhenDone = HeldByOthers },
        new("one that was taken over, so that its count goes", "release", "src/a.cs") { Arrange = TakenOverAsync },
        new("all", "release", "--all")
        {
            Arrange = Held((Victim, "src/a.cs"), (Victim, "plan:42"), ("neighbour", "src/b.cs")),
            Contested = ["src/a.cs", "plan:42"],
            RecordByRecord = true,
        });

    [NativeFact]
    public Task A_clean_up_killed_anywhere_leaves_each_stale_lock_or_its_count() => KillAsync("reap",
        new("one expired lock", "cleanup-stale-locks") { Arrange = Expired("src/a.cs") },
        new("many, with what dead processes left", "cleanup-stale-locks")
        {
            Arrange = MuchToCleanUpAsync,
            Contested = ["src/dead.cs", "docs/guide.md"],
            RecordByRecord = true,
        },
        new("a reset of the count", "reset", "src/a.cs") { Arrange = ReapedAsync });

    [NativeFact]
    public Task A_break_killed_anywhere_leaves_the_lease_or_what_the_break_makes_of_it() => KillAsync("break",
        new("without a session, at once", "break", "src/a.cs", "--reason", "test") { Arrange = Held(("holder", "src/a.cs"), ("neighbour", "src/b.cs")) },
        new("marked, while its process lives", "break", "src/a.cs", "--reason", "test") { Arrange = tree => HoldByLivingProcessAsync(tree, "holder", "src/a.cs") },
        new("at once, while its process lives", "break", "src/a.cs", "--reason", "test", "--now") { Arrange = tree => HoldByLivingProcessAsync(tree, "holder", "src/a.cs") },
        new("all of an agent", "cleanup-agent-locks", "holder")
        {
            Arrange = Held(("holder", "src/a.cs"), ("holder", "plan:42"), ("neighbour", "src/b.cs")),
            Contested = ["src/a.cs", "plan:42"],
            RecordByRecord = true,
        });

    [NativeFact]
    public Task A_run_killed_before_its_command_starts_leaves_a_free_lock() => KillAsync("run",
        new CrashScenario("a command of its own", "run", "src/a.cs", "--", "sleep", "0.1")
        {
            Arrange = Held(("neighbour", "src/b.cs")),
            Passing = [CrashScenario.LockFile],
        });

    [NativeFact]
    public Task A_rotation_of_the_journal_killed_anywhere_loses_no_line_of_the_newer_half() => KillAsync("journal rotation",
        new("the first", "acquire", "src/a.cs") { Arrange = tree => WithJournalAsync(tree, rotations: 0, full: true), Variables = SmallJournal },
        new("the second, over the older half", "acquire", "src/a.cs") { Arrange = tree => WithJournalAsync(tree, rotations: 1, full: true), Variables = SmallJournal },
        new("the first line after it", "acquire", "src/a.cs") { Arrange = tree => WithJournalAsync(tree, rotations: 1, full: false), Variables = SmallJournal });

    private Task KillAsync(string what, params CrashScenario[] scenarios) => new CrashPointRunner(output).KillAtEveryCallAsync(what, scenarios);
}
