using System.Globalization;
using Xunit.Abstractions;

namespace SwarmLocks.Tests.Stress;

/// <summary>A new seed each time, told with the test's result; set <c>SWARMLOCKS_STRESS_SEED</c> to use one again.</summary>
internal static class Seed
{
    public static int New(ITestOutputHelper output)
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("SWARMLOCKS_STRESS_SEED"), CultureInfo.InvariantCulture, out int given)
            ? given : Random.Shared.Next(1, 1_000_000_000);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"SWARMLOCKS_STRESS_SEED={seed}"));
        return seed;
    }
}
