using System.Globalization;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>The environment variable SIRO_TEST_SCALE: 1 (default) for a few seconds, 10 for the whole.</summary>
internal static class Scale
{
    /// <summary>The factor, 1 to 10.</summary>
    public static double Factor { get; } =
        double.TryParse(Environment.GetEnvironmentVariable("SIRO_TEST_SCALE"), CultureInfo.InvariantCulture, out var scale) ? Math.Clamp(scale, 1, 10) : 1;

    /// <summary>The small number by default, the large one at full scale.</summary>
    public static int Of(int small, int full) => (int)(small + ((full - small) * (Factor - 1) / 9));
}
