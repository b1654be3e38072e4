using System.Globalization;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>How hard heavy tests work: <c>SIRO_TEST_SCALE</c>, 1 when not set, 10 for the full measure.</summary>
public static class TestScale
{
    public static int Factor { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("SIRO_TEST_SCALE"), NumberStyles.None, CultureInfo.InvariantCulture, out var factor) ? Math.Clamp(factor, 1, 100) : 1;
}
