using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace Siro.Gateway.Tests.Properties;

/// <summary>
/// Runs a property by a seed: always the same one, so that a run is as good as the last; another, or one that failed, by
/// <c>SIRO_PROPERTY_SEED=12345</c>
/// (and more cases by <c>SIRO_PROPERTY_CASES</c>). A failure is printed shrunk, with its seed.
/// </summary>
internal static class PropertyRun
{
    public static void Holds(this Property property, int cases = 2000)
    {
        var seed = Number("SIRO_PROPERTY_SEED", 20261129);
        property.Check(Config.QuickThrowOnFailure.WithMaxTest((int)Number("SIRO_PROPERTY_CASES", (ulong)cases)).WithReplay(seed, 1));
    }

    private static ulong Number(string name, ulong otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? ulong.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
