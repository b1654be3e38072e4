using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Telemetry.Logs;

namespace Siro.Gateway.IntegrationTests.Operations;

public sealed partial class MetricsDocumentTests(MetricsDocumentTests.Fixture gateway) : IClassFixture<MetricsDocumentTests.Fixture>
{
    [Fact]
    public async Task The_document_lists_the_instruments_that_the_process_creates_with_their_units_and_tags()
    {
        var instruments = new ConcurrentDictionary<string, Described>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter.Name.StartsWith("Siro.Gateway", StringComparison.Ordinal))
                {
                    instruments.TryAdd(instrument.Name, new(instrument.Unit ?? "", new(StringComparer.Ordinal)));
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((instrument, _, tags, _) => Keep(instrument, tags));
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Keep(instrument, tags));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Keep(instrument, tags));
        listener.Start();
        await using var started = await gateway.StartInProcessAsync(null, ("Calls:Sources:phone:Type", "aircall"),
            ("Calls:Sources:phone:Client", "writer"), ("Calls:Sources:phone:Secret", "a-token-of-aircall"));

        // A gateway within the tests keeps its log in memory: the writer of standard output has instruments of its own.
        using var log = new JsonLineLoggerProvider(TimeProvider.System, started.Services.GetRequiredService<IMeterFactory>(), Stream.Null);
        MeasureAll(started);

        // These have no class of their own.
        using var client = started.CreateClient(apiKey: null);
        using var refused = await client.PostAsync(
            "/v1/calls/sources/phone", new StringContent("{}", Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        Assert.Equal(400, (int)refused.StatusCode);
        listener.RecordObservableInstruments();

        var root = typeof(MetricsDocumentTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .First(a => a.Key == "RepositoryRoot").Value!;
        var documented = Row().Matches(await File.ReadAllTextAsync(Path.Combine(root, "docs", "telemetry.md"))).ToDictionary(
            m => m.Groups[1].Value, m => (Unit: m.Groups[2].Value.Trim('`'), Tags: m.Groups[3].Value), StringComparer.Ordinal);
        Assert.Equal(
            instruments.Select(i => $"{i.Key} | {i.Value.Unit} | {string.Join(", ", i.Value.Tags.Keys.Order(StringComparer.Ordinal))}")
                .Order(StringComparer.Ordinal),
            documented.Select(d => $"{d.Key} | {d.Value.Unit} | "
                + $"{string.Join(", ", Tag().Matches(d.Value.Tags).Select(t => t.Groups[1].Value).Order(StringComparer.Ordinal))}").Order(
                StringComparer.Ordinal));

        void Keep(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var tag in tags)
            {
                instruments[instrument.Name].Tags[tag.Key] = 0;
            }
        }
    }

    /// <summary>Every measurement is made once, by what the features call.</summary>
    private static void MeasureAll(GatewayInProcess started)
    {
        foreach (var metrics in typeof(GatewayHost).Assembly.GetTypes().Where(
            t => t.Name.EndsWith("Metrics", StringComparison.Ordinal)).Select(started.Services.GetService).OfType<object>())
        {
            foreach (var method in metrics.GetType().GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                .Where(m => !m.IsSpecialName && m.Name != nameof(IDisposable.Dispose)))
            {
                method.Invoke(metrics, [.. method.GetParameters().Select(p => Sample(p.ParameterType))]);
            }
        }
    }

    /// <summary>Something of that type. Texts are the state in which everything is measured.</summary>
    private static object Sample(Type type) =>
        type == typeof(string) ? "created"
        : type.IsPrimitive || type.IsEnum || type == typeof(TimeSpan) || type == typeof(DateTimeOffset) ? Activator.CreateInstance(type)!
        : Nullable.GetUnderlyingType(type) is { } inner ? Sample(inner)
        : type.GetConstructors()[0] is var constructor
            ? constructor.Invoke([.. constructor.GetParameters().Select(p => Sample(p.ParameterType))])
        : throw new InvalidOperationException(type.Name);

    private sealed record Described(string Unit, ConcurrentDictionary<string, byte> Tags);

    [GeneratedRegex(@"^\| `(siro[a-z_.]+)` \| (?:counter|histogram|gauge) \| ([^|]*?) \|([^|]*)\|", RegexOptions.Multiline,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Row();

    [GeneratedRegex("`([a-z_]+)`", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Tag();

    public sealed class Fixture : GatewayFixture
    {
        protected override bool StartsGateway => false;
    }
}
