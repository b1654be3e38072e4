using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Telemetry;
using Siro.Gateway.Tests.Store;

namespace Siro.Gateway.Tests.Telemetry;

public sealed class CallTraceTests
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";

    [Theory]
    [InlineData("/platform/v1/core/users", null)]
    [InlineData("/EXTERNAL/v1/core/users", "00")]
    [InlineData("/internal", "00")]
    public async Task A_proxied_call_that_nobody_records_has_a_trace_id_and_no_span(string path, string? flags)
    {
        var (span, id) = await CallAsync(path, flags);
        Assert.Null(span);
        Assert.Equal(flags is null ? 32 : Trace.Length, id.Length);
        Assert.Equal(flags is not null, id == Trace);
        Assert.NotEqual(id, (await CallAsync(path, null)).Id);
    }

    [Theory]
    [InlineData("/platform/v1/core/users", "01", false)]
    [InlineData("/platform/v1/core/users", "00", true)]
    [InlineData("/v1/me", "00", false)]
    [InlineData("/platformed", "00", false)]
    public async Task A_call_that_is_recorded_or_sent_on_or_not_proxied_has_a_span_in_the_caller_s_trace(
        string path, string flags, bool propagates)
    {
        var (span, id) = await CallAsync(path, flags, propagates);
        Assert.Equal((Trace, Trace), (span!.TraceId.ToHexString(), id));
        Assert.Equal(flags == "01", span.Recorded);
        Assert.Null(Activity.Current);
    }

    [Fact]
    public async Task What_is_logged_for_a_call_without_a_span_gets_one_with_the_call_s_trace_id()
    {
        Activity? logged = null;
        var (_, id) = await CallAsync("/platform/v1/core/users", null, during: context =>
        {
            using (CallTrace.Enter(context))
            {
                logged = Activity.Current;
            }

            Assert.Null(Activity.Current);
        });
        Assert.Equal(id, logged!.TraceId.ToHexString());
        Assert.False(logged.Recorded);
    }

    private static async Task<(Activity? Span, string Id)> CallAsync(
        string path, string? flags, bool propagates = false, Action<HttpContext>? during = null)
    {
        Activity? span = null;
        var id = "";
        var middleware = new CallTraceMiddleware(
            context =>
            {
                (span, id) = (Activity.Current, CallTrace.IdOf(context));
                during?.Invoke(context);
                return Task.CompletedTask;
            },
            new FixedSettings<TelemetryOptions>(new TelemetryOptions { PropagateToSiro = propagates }));
        var call = new DefaultHttpContext();
        call.Request.Path = path;
        if (flags is not null)
        {
            call.Request.Headers.TraceParent = $"00-{Trace}-b7ad6b7169203331-{flags}";
        }

        await middleware.InvokeAsync(call);
        return (span, id);
    }
}
