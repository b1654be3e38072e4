using System.Globalization;
using Siro.Emulator.Hosting;

namespace Siro.Emulator.Voip;

/// <summary>A telephone company's calls, in the shapes of the providers that are asked for them.</summary>
internal sealed class CallLists(VoipProvider provider, EmulatorOptions options)
{
    public void Map(RouteTable voip)
    {
        Guarded(voip, "/restapi/v1.0/account/~/call-log", RingCentralLog);
        Guarded(voip, "/restapi/v1.0/account/~/extension/~/call-log", RingCentralLog);
        Guarded(voip, "/v1/calls/{id}", Aircall);
        Guarded(voip, "/2010-04-01/Accounts/{account}/Calls/{call}", Twilio);
        Guarded(voip, "/calls", PlainList);
    }

    private void Guarded(RouteTable voip, string path, Func<Exchange, Answer> handle) => voip.Add("GET", path, x => new(
        provider.ApiAuth is { } auth && x.Http.Request.Headers[auth.Header] != auth.Value ? Answer.Error(401, "Unauthorized") : handle(x)));

    private string? Url(VoipCall call) =>
        call.RecordingId is not null && provider.Recording(call.RecordingId) is { } recording
            ? provider.UrlOf(recording).AbsoluteUri
            : null;

    private VoipCall? Find(string id) => provider.Calls.FirstOrDefault(c => c.Id == id);

    private static bool TryBound(Exchange x, string name, out DateTimeOffset bound) => Moment.TryParse(x.Query(name), out bound);

    /// <summary>RingCentral's call log: newest first, dateFrom (inclusive) and dateTo (exclusive), pages from 1.</summary>
    private Answer RingCentralLog(Exchange x)
    {
        var from = TryBound(x, "dateFrom", out var bound) ? bound : options.Time.GetUtcNow().AddDays(-1);
        var found = provider.Calls.Where(c => c.StartedAt >= from);
        if (TryBound(x, "dateTo", out var to))
        {
            found = found.Where(c => c.StartedAt < to);
        }

        if (x.Query("recordingType") is not null || x.Query("withRecording") is "true")
        {
            found = found.Where(c => c.RecordingId is not null);
        }

        var size = Cursor.Size(x, "perPage", 100, 1000);
        var page = Cursor.Size(x, "page", 1, int.MaxValue);
        var all = found.OrderByDescending(c => c.StartedAt).ToList();
        var pages = Math.Max(1, (all.Count + size - 1) / size);
        var self = new Uri($"http://{x.Http.Request.Host}{x.Http.Request.Path}{x.Http.Request.QueryString}");
        return Answer.Ok(new
        {
            uri = self,
            records = all.Skip((page - 1) * size).Take(size).Select(c => new
            {
                id = c.Id,
                sessionId = c.Id,
                telephonySessionId = "s-" + c.Id,
                startTime = c.StartedAt,
                duration = (int)c.Duration.TotalSeconds,
                type = "Voice",
                direction = c.Outbound ? "Outbound" : "Inbound",
                action = "Phone Call",
                result = "Call connected",
                from = new { phoneNumber = c.From, name = c.Outbound ? c.RepName : c.CustomerName,
                    extensionNumber = c.Outbound ? "101" : null },
                to = new { phoneNumber = c.To, name = c.Outbound ? c.CustomerName : c.RepName,
                    extensionNumber = c.Outbound ? null : "101" },
                recording = c.RecordingId is null ? null : new { id = c.RecordingId, type = "Automatic", contentUri = Url(c) },
            }),
            paging = new { page, perPage = size, pageStart = (page - 1) * size, totalPages = pages, totalElements = all.Count },
            navigation = page < pages
                ? new { nextPage =
                    new { uri =
                    $"http://{x.Http.Request.Host}{x.Http.Request.Path}?page={page + 1}&perPage={size}"
                        + $"&dateFrom={Uri.EscapeDataString(Moment.Text(from))}" } }
                : null,
        });
    }

    /// <summary>Aircall's call, with a recording URL that is fresh.</summary>
    private Answer Aircall(Exchange x) => Find(x["id"]) is { } call
        ? Answer.Ok(new { call = ProviderNotifications.AircallData(call, Url(call)) })
        : Answer.Error(404, "Not Found");

    private Answer Twilio(Exchange x)
    {
        var sid = x["call"].EndsWith(".json", StringComparison.Ordinal) ? x["call"][..^5] : x["call"];
        return Find(sid) is { } call
            ? Answer.Ok(new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["sid"] = call.Id,
                ["account_sid"] = x["account"],
                ["from"] = call.From,
                ["to"] = call.To,
                ["direction"] = call.Outbound ? "outbound-dial" : "inbound",
                ["status"] = "completed",
                ["start_time"] = call.StartedAt.UtcDateTime.ToString("R", CultureInfo.InvariantCulture),
                ["duration"] = ((int)call.Duration.TotalSeconds).ToString(CultureInfo.InvariantCulture),
            })
            : Answer.Error(404, "The requested resource was not found");
    }

    /// <summary>A list of no provider in particular: <c>?since=&amp;after=</c>, oldest first, <c>next</c> to go on.</summary>
    private Answer PlainList(Exchange x)
    {
        var found = provider.Calls.AsEnumerable();
        if (TryBound(x, "since", out var since))
        {
            found = found.Where(c => c.StartedAt >= since);
        }

        if (!Cursor.TryPosition(x, out var start, "after"))
        {
            return Cursor.Invalid;
        }

        var size = Cursor.Size(x, "limit", 50, 500);
        var all = found.OrderBy(c => c.StartedAt).ThenBy(c => c.Id, StringComparer.Ordinal).ToList();
        return Answer.Ok(new
        {
            items = all.Skip(start).Take(size).Select(c => new
            {
                id = c.Id,
                started_at = c.StartedAt,
                duration = (int)c.Duration.TotalSeconds,
                recording_url = Url(c),
                direction = c.Outbound ? "outbound" : "inbound",
                agent = new { email = c.RepEmail, phone = c.RepPhone, name = c.RepName },
                customer = new { phone = c.CustomerPhone, name = c.CustomerName },
            }),
            next = Cursor.Of(start + size < all.Count ? start + size : null),
        });
    }
}
