using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Telemetry;
using Siro.Gateway.Telemetry.Logs;

namespace Siro.Gateway.Tests.Telemetry;

public sealed class TelemetryTests
{
    [Fact]
    public void A_log_line_is_one_JSON_object_with_the_trace_and_never_a_secret()
    {
        using var source = new ActivitySource("test-lines");
        using var listener = new ActivityListener { ShouldListenTo = s => s.Name == "test-lines",
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded };
        ActivitySource.AddActivityListener(listener);
        using var activity = source.StartActivity("work");
        var values = new List<KeyValuePair<string, object?>> { new("Token", new Secret("s3cr3t")), new("Count", 3),
            new("{OriginalFormat}", "{Token} {Count}") };
        using var sink = new MemoryStream();
        using var meters = new ServiceCollection().AddMetrics().BuildServiceProvider();

        using (var provider = new JsonLineLoggerProvider(TimeProvider.System, meters.GetRequiredService<IMeterFactory>(), sink))
        {
            provider.CreateLogger("Cat").Log(
                LogLevel.Warning, new EventId(7), values, new InvalidOperationException("two\nlines"), (_, _) => "said\n\"it\"");
        }

        var line = Encoding.UTF8.GetString(sink.ToArray());
        Assert.Equal(1, line.Count(c => c == '\n'));
        Assert.DoesNotContain("s3cr3t", line, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(line);
        Assert.Equal("warning", json.RootElement.GetProperty("level").GetString());
        Assert.Equal(activity!.TraceId.ToHexString(), json.RootElement.GetProperty("traceId").GetString());
        Assert.Equal(Secret.Redacted, json.RootElement.GetProperty("fields").GetProperty("Token").GetString());
        Assert.Equal(3, json.RootElement.GetProperty("fields").GetProperty("Count").GetInt32());
        Assert.Equal("said\n\"it\"", json.RootElement.GetProperty("message").GetString());
    }

    [Fact]
    public void A_span_loses_what_callers_decide()
    {
        using var activity = new Activity("x");
        activity.SetTag("url.path", "/external/secret").SetTag("url.query", "?token=1").SetTag("url.full", "http://x/y")
            .SetTag("user_agent.original", "me").SetTag("http.route", "/external/{**path}");
        using var processor = new BoundedSpans();
        processor.OnEnd(activity);
        Assert.Equal(["http.route"], activity.TagObjects.Select(t => t.Key));
    }

    [Fact]
    public void Giving_back_and_notice_fit_into_the_drain()
    {
        foreach (var options in new[] { new ShutdownOptions(),
            new ShutdownOptions { Drain = TimeSpan.FromSeconds(2), Notice = TimeSpan.FromSeconds(1) } })
        {
            Assert.True(options.ForUploads > TimeSpan.Zero);
            Assert.True(options.ForJobs + options.GiveBack <= options.Drain);
            Assert.True(options.Notice + options.ForUploads + options.GiveBack <= options.Drain);
        }
    }
}
