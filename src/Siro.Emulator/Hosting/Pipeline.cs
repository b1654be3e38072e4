using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.Features;
using Siro.Emulator.Access;
using Siro.Emulator.Faults;
using Siro.Emulator.Journal;

namespace Siro.Emulator.Hosting;

/// <summary>The way of every request: journal, CDN, limit, faults, routing, credential, act, answer.</summary>
internal sealed class Pipeline(EmulatorOptions options, RequestJournal journal, FaultPlan faults, Gate gate, RouteTable[] tables)
{
    private const long MaxBody = 128 * 1024 * 1024;
    private static readonly string EmptySha256 = Convert.ToHexStringLower(SHA256.HashData([]));
    private static readonly Answer TooMany = Answer.Error(429, "Too Many Requests");

    private static readonly Answer CdnRefusal = Answer.Text(403, "text/html; charset=UTF-8",
        "<!DOCTYPE html><html><head><title>Access denied</title></head><body><h1>Access denied</h1><p>error code: 1010</p><p>The "
            + "owner of this website has banned your access based on your browser's signature.</p></body></html>");

    /// <param name="routed">False for a path outside the host's base path: journaled, but unknown to the host.</param>
    public async Task InvokeAsync(HttpContext http, SiroHost host, string path, bool routed)
    {
        var started = Stopwatch.GetTimestamp();
        var entry = journal.Add(number => Arrive(http, host, path, number));
        var exchange = new Exchange(http, host, path, entry) { IsRouted = routed };
        try
        {
            var answer = await ActAsync(exchange);
            if (answer is null)
            {
                entry.Aborted = true;
                http.Abort();
                return;
            }

            entry.Status = answer.Status;
            await answer.SendAsync(http);
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or BadHttpRequestException)
        {
            // The caller left, or sent less than it announced: nobody is there to be answered.
            entry.Aborted = true;
            http.Abort();
        }
        finally
        {
            entry.DurationMilliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }
    }

    private JournalEntry Arrive(HttpContext http, SiroHost host, string path, long number)
    {
        var headers = new List<KeyValuePair<string, string>>(http.Request.Headers.Count);
        foreach (var (name, values) in http.Request.Headers)
        {
            foreach (var value in values)
            {
                headers.Add(new KeyValuePair<string, string>(name, value ?? ""));
            }
        }

        return new JournalEntry
        {
            Sequence = number,
            Timestamp = options.Time.GetTimestamp(),
            ArrivedAt = options.Time.GetUtcNow(),
            Host = host,
            Method = http.Request.Method,
            Path = path,
            RawTarget = http.Features.Get<IHttpRequestFeature>()!.RawTarget,
            Query = http.Request.QueryString.Value ?? "",
            Headers = headers,
        };
    }

    /// <summary>The answer, or null to cut the connection.</summary>
    private async Task<Answer?> ActAsync(Exchange x)
    {
        if (x.Host.IsOfSiro() && options.RequireUserAgent && string.IsNullOrEmpty(x.Http.Request.Headers.UserAgent))
        {
            return CdnRefusal;
        }

        if (x.Host.IsSiro())
        {
            x.Token = gate.Find(x.Http.Request);
            x.Entry.TokenId = x.Token?.Id;
            x.Entry.UserId = x.Token?.User?.Id;
            if (x.Token is { } token && !token.Arrivals.Admit(x.Entry.Timestamp, options.RateLimit, options.RateWindow))
            {
                return TooMany;
            }
        }

        var fault = faults.Strike(x.Host, x.Entry.Method, x.Path) ?? TokenEndpointFaults.Of(options.TokenEndpoint, x.Host);
        x.Entry.Fault = fault?.Name;
        if (fault is { When: FaultMoment.Arrival, Duplicate: false })
        {
            var (ends, answer) = await SufferAsync(fault, x);
            if (ends)
            {
                return answer;
            }
        }

        if (x.Host.IsOfSiro())
        {
            await ReadBodyAsync(x);
        }

        if (fault is { When: not FaultMoment.Arrival, BodyContains: { } wanted }
            && !x.Entry.BodyText.Contains(wanted, StringComparison.Ordinal))
        {
            x.Entry.Fault = null;
            fault = null;
        }

        if (fault is { When: FaultMoment.Body, Duplicate: false })
        {
            if (!x.Host.IsOfSiro())
            {
                await x.Http.Request.Body.CopyToAsync(Stream.Null, x.Http.RequestAborted);
            }

            var (ends, answer) = await SufferAsync(fault, x);
            if (ends)
            {
                return answer;
            }
        }

        var result = await HandleAsync(x);
        if (fault is { Duplicate: true } && x.Host.IsSiro())
        {
            await HandleAsync(x);
        }
        else if (fault is { When: FaultMoment.Processed })
        {
            var (ends, answer) = await SufferAsync(fault, x);
            return ends ? answer : result;
        }

        return result;
    }

    private async ValueTask<Answer> HandleAsync(Exchange x)
    {
        x.Route = x.IsRouted ? tables[(int)x.Host].Find(x.Entry.Method, x.Path) : default;
        if (x.Route.Route is null)
        {
            return Answer.Unrouted;
        }

        x.Entry.Operation = x.Route.Route.Template;
        return (x.Host.IsSiro() ? gate.Refuse(x) : null) ?? await x.Route.Route.Handle(x);
    }

    /// <summary>Whether the fault ends the request, and with what; null cuts the connection.</summary>
    private async Task<(bool Ends, Answer? Answer)> SufferAsync(FaultRule fault, Exchange x)
    {
        if (fault.Stall is { } stall)
        {
            await Task.Delay(stall, options.Time, x.Http.RequestAborted);
        }

        if (fault.Drop)
        {
            return (true, null);
        }

        if (fault.Status is not { } status)
        {
            return (false, null);
        }

        var headers = fault.Headers?.Select(h => (h.Key, h.Value)).ToArray() ?? [];
        var plain = fault.Body is { } body
            ? Answer.Text(status, body.StartsWith('<') ? "text/html; charset=UTF-8" : "application/json; charset=utf-8", body)
            : Answer.Error(status, $"Injected: {fault.Name}");
        return (true, new Answer { Status = status, Body = plain.Body, ContentType = plain.ContentType, Headers = headers });
    }

    private async Task ReadBodyAsync(Exchange x)
    {
        var request = x.Http.Request;
        if (request.ContentLength is null or 0 && request.Headers.TransferEncoding.Count == 0)
        {
            x.Entry.BodySha256 = EmptySha256;
            return;
        }

        if (request.ContentLength > MaxBody)
        {
            throw new BadHttpRequestException("The emulator reads at most 128 MB.", 413);
        }

        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(x.Http.RequestAborted);
            if (read.IsCompleted)
            {
                x.Body = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                break;
            }

            if (read.Buffer.Length > MaxBody)
            {
                throw new BadHttpRequestException("The emulator reads at most 128 MB.", 413);
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }

        x.Entry.BodyLength = x.Body.Length;
        x.Entry.Body = x.Body.AsMemory(0, Math.Min(x.Body.Length, options.JournalBodyBytes));
        x.Entry.BodySha256 = Convert.ToHexStringLower(SHA256.HashData(x.Body));
    }
}
