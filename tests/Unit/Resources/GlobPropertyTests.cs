using FsCheck.Fluent;
using SwarmLocks.Policy;

namespace SwarmLocks.Tests.Unit.Resources;

/// <summary>The real patterns against the naive ones, over random resources and every short path.</summary>
public class GlobPropertyTests
{
    [Fact]
    public void A_witness_exists_exactly_when_some_path_matches_both() =>
        Samples.Check(Prop.ForAll(Samples.Texts, Samples.Texts, (a, b) =>
        {
            NaiveGlob left = new(a), right = new(b);
            string? witness = GlobOverlap.Witness(Samples.Resource(a), Samples.Resource(b));
            string? found = Array.Find(Samples.Paths, p => left.Matches(p) && right.Matches(p));
            return (witness is null ? found is null : left.Matches(witness) && right.Matches(witness) && IsPath(witness))
                .Label($"{a} and {b}: witness {witness}, by enumeration {found}");
        }));

    [Fact]
    public void Overlap_is_symmetric() =>
        Samples.Check(Prop.ForAll(Samples.Texts, Samples.Texts, (a, b) =>
            GlobOverlap.Witness(Samples.Resource(a), Samples.Resource(b)) is null == GlobOverlap.Witness(Samples.Resource(b), Samples.Resource(a)) is null), 2000);

    [Fact]
    public void Everything_overlaps_and_covers_itself() =>
        Samples.Check(Prop.ForAll(Samples.Texts, a =>
            GlobOverlap.Witness(Samples.Resource(a), Samples.Resource(a)) is not null
            && GlobOverlap.Covers(Samples.Resource(a), Samples.Resource(a))
            && new GlobInclusion(Samples.Resource(a).Pattern).Includes(Samples.Resource("z").Pattern) == new NaiveGlob(a).Matches("z")));

    [Fact]
    public void What_is_covered_is_matched() =>
        Samples.Check(Prop.ForAll(Samples.Texts, Samples.Texts, (lease, asked) =>
        {
            NaiveGlob outer = new(lease), inner = new(asked);
            return (!GlobOverlap.Covers(Samples.Resource(lease), Samples.Resource(asked))
                || Array.TrueForAll(Samples.Paths, p => !inner.Matches(p) || outer.Matches(p))).Label($"{lease} covers {asked}");
        }), 2000);

    [Fact]
    public void What_is_narrower_piece_by_piece_is_mostly_covered_and_never_wrongly()
    {
        int covered = 0;
        Samples.Check(Prop.ForAll(Samples.Narrowed, pair =>
        {
            NaiveGlob outer = new(pair.Lease), inner = new(pair.Asked);
            bool covers = GlobOverlap.Covers(Samples.Resource(pair.Lease), Samples.Resource(pair.Asked));
            covered += covers ? 1 : 0;
            return (!covers || Array.TrueForAll(Samples.Paths, p => !inner.Matches(p) || outer.Matches(p))).Label($"{pair.Lease} covers {pair.Asked}");
        }), 2000);
        Assert.True(covered > 800, $"only {covered} of 2000 were covered");
    }

    [Fact]
    public void A_path_is_covered_exactly_when_it_is_matched() =>
        Samples.Check(Prop.ForAll(Samples.Texts, lease => Array.TrueForAll(Samples.Paths, p =>
            GlobOverlap.Covers(Samples.Resource(lease), LockResource.OfPath(p)) == new NaiveGlob(lease).Matches(p))), 60);

    [Fact]
    public void A_directory_is_covered_exactly_when_all_in_it_is() =>
        Samples.Check(Prop.ForAll(Samples.Texts, Samples.PathTexts, (lease, path) =>
        {
            string directory = path.TrimEnd('/');
            NaiveGlob outer = new(lease);
            string[] names = ["z", "zz", "zzz", "zzzzzzzz", "a"];
            IEnumerable<string> level = [directory];
            bool all = outer.Matches(directory);
            for (int depth = 0; depth < 4 && all; depth++) all = (level = [.. level.SelectMany(_ => names, (x, y) => x + "/" + y)]).All(outer.Matches);
            return (GlobOverlap.Covers(Samples.Resource(lease), LockResource.OfPath(directory + "/")) == all).Label($"{lease} covers {directory}/: {all}");
        }), 2000);

    private static bool IsPath(string path) => path.Split('/').All(s => s is not ("" or "." or ".."));
}
