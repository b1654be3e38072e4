using System.Diagnostics.Metrics;
using Siro.Gateway.Calls.Jobs;
using Siro.Gateway.Calls.Sources;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Calls.Api;

/// <summary>
/// <c>POST /v1/calls/sources/{source}</c>: verify, store, then answer. Nothing is fetched before the answer: providers wait seconds.
/// </summary>
internal sealed class SourceEndpoint : IDisposable
{
    private const int MaxBody = 256 * 1024;

    private readonly SourceRegistry _sources;
    private readonly CallIntake _intake;
    private readonly TimeProvider _time;
    private readonly Meter _meter;
    private readonly Counter<long> _notifications;

    public SourceEndpoint(SourceRegistry sources, CallIntake intake, TimeProvider time, IMeterFactory meters)
    {
        (_sources, _intake, _time) = (sources, intake, time);
        _meter = meters.Create("Siro.Gateway");
        _notifications = _meter.CreateCounter<long>(
            "siro.gateway.calls.notifications", "{notification}", "Notifications of telephone providers, by source and result");
    }

    public async Task<IResult> HandleAsync(HttpContext context, string name)
    {
        // A source that is only polled has nothing to verify a notification with.
        if (_sources.Find(name) is not { } source || !SourceRegistry.Of(source).IsNotified(source))
        {
            return new ProblemResult(
                new Problem(404, "source_not_found", "No source of this name takes notifications. See Calls:Sources."));
        }

        if (await ReadAsync(context) is not { } body)
        {
            return Refused(name, new Problem(413, "body_too_large", $"A notification has at most {MaxBody} bytes."));
        }

        var request = new SourceRequest(
            Urls(context.Request, source), context.Request.Headers, context.Request.Query, context.Request.ContentType, body);
        var type = SourceRegistry.Of(source);
        SourceReading reading;
        try
        {
            if (type.Verify(request, source, _time.GetUtcNow()) is { } problem)
            {
                return Refused(name, problem);
            }

            reading = type.Read(request, source);
        }
        catch (ProblemException e)
        {
            return Refused(name, e.Problem);
        }

        var owner = _sources.Owner(source, name);
        var stored = new List<CallRecord>();
        foreach (var notice in reading.Notices)
        {
            stored.Add((await _intake.StoreAsync(owner, source.Complete(notice), context.RequestAborted)).Call);
        }

        _notifications.Add(1, new("source", name.ToLowerInvariant()),
            new("result", reading.Handshake is not null ? "handshake" : stored.Count > 0 ? "stored" : "ignored"));
        return reading.Handshake ?? Results.Ok(new SourceAnswer([.. stored.Select(c => new CallTicket(c.Id, c.State))]));
    }

    public void Dispose() => _meter.Dispose();

    private ProblemResult Refused(string name, Problem problem)
    {
        _notifications.Add(1, new("source", name.ToLowerInvariant()), new("result", problem.Code));
        return new ProblemResult(problem);
    }

    /// <summary>What the provider may have signed: the configured public URL with this request's query, else the URL as it came.</summary>
    private static List<string> Urls(HttpRequest request, CallSourceOptions source)
    {
        var own = $"{request.Scheme}://{request.Host}{request.PathBase}{request.Path}{request.QueryString}";
        return source.PublicUrl is { } url ? [url + request.QueryString, url, own] : [own];
    }

    private static async Task<byte[]?> ReadAsync(HttpContext context)
    {
        if (context.Request.ContentLength > MaxBody)
        {
            return null;
        }

        var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
        {
            if (body.Length + read > MaxBody)
            {
                return null;
            }

            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }
}

/// <summary>What became of a notification: the calls in it, new or known.</summary>
public sealed record SourceAnswer(IReadOnlyList<CallTicket> Calls);

/// <summary>A stored call.</summary>
public sealed record CallTicket(string Id, string Status);
