using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.RegularExpressions;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Operations;

public sealed partial class MetricsDocumentTests(MetricsDocumentTests.Fixture gateway) : IClassFixture<MetricsDocumentTests.Fixture>
{
    [Fact]
    public async Task The_document_lists_the_instruments_that_the_process_creates_with_their_units()
    {
        var instruments = new Dictionary<string, string>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name.StartsWith("Siro.Gateway", StringComparison.Ordinal))
                {
                    lock (instruments)
                    {
                        instruments[instrument.Name] = instrument.Unit ?? "";
                    }
                }
            },
        };
        listener.Start();
        await using var started = await gateway.StartInProcessAsync();

        // Made with the first notification.
        using var client = started.CreateClient();
        using var unknown = await client.PostAsync("/v1/calls/sources/none", new StringContent("{}"), TestContext.Current.CancellationToken);

        var root = typeof(MetricsDocumentTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "RepositoryRoot").Value!;
        var documented = Row().Matches(await File.ReadAllTextAsync(Path.Combine(root, "docs", "telemetry.md"))).ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value.Trim('`'), StringComparer.Ordinal);
        lock (instruments)
        {
            Assert.Equal(instruments.OrderBy(i => i.Key, StringComparer.Ordinal), documented.OrderBy(i => i.Key, StringComparer.Ordinal));
        }
    }

    [GeneratedRegex(@"^\| `(siro[a-z_.]+)` \| (?:counter|histogram|gauge) \| ([^|]*?) \|", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Row();

    public sealed class Fixture : GatewayFixture
    {
        protected override bool StartsGateway => false;
    }
}
