using System.Globalization;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>How hard heavy tests work, and where those that are played by seeds begin.</summary>
public static class TestScale
{
    /// <summary><c>SIRO_PROPERTY_SEED</c>: the first seed of what is played by seeds; null when not set.</summary>
    public static int? Seed { get; } = Number("SIRO_PROPERTY_SEED");

    /// <summary><c>SIRO_TEST_SCALE</c>: 1 when not set, 10 for the full measure.</summary>
    public static int Factor { get; } = Math.Clamp(Number("SIRO_TEST_SCALE") ?? 1, 1, 100);

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
