using System.Text.Json;
using Siro.Emulator.Faults;
using Siro.Emulator.Hosting;
using Siro.Emulator.Journal;

namespace Siro.Emulator.Control;

/// <summary>The emulator's own interface under <c>/_emulator/</c>, on every port; never journaled, never limited.</summary>
internal sealed class ControlEndpoints
{
    private readonly EmulatorHost _emulator;
    private readonly RouteTable _routes = new();

    public ControlEndpoints(EmulatorHost emulator)
    {
        _emulator = emulator;
        Map("GET", "/", _ => Overview());
        Map("GET", "/journal", ReadJournal);
        Map("DELETE", "/journal", _ =>
        {
            emulator.Journal.Clear();
            return Answer.Empty(204);
        });
        Map("GET", "/faults", _ =>
            Answer.Ok(new { data = emulator.Faults.Rules.Select(r => new { rule = r.Rule, matched = r.Matched, struck = r.Struck }) }));
        Map("POST", "/faults", AddFaults);
        Map("DELETE", "/faults", x =>
        {
            emulator.Faults.Clear(x.Query("name"));
            return Answer.Empty(204);
        });
        Map("GET", "/stats", _ => Stats());
        Map("GET", "/settings", _ => Answer.Ok(Settings.Read(emulator.Options)));
        Map("PATCH", "/settings", ChangeSettings);
        Map("POST", "/reset", _ => Reset());
        new SeedingEndpoints(emulator).Map(_routes);
        new BulkEndpoints(emulator).Map(_routes);
    }

    public async Task InvokeAsync(HttpContext http, string path)
    {
        var match = _routes.Find(http.Request.Method, path);
        if (match.Route is null)
        {
            await Answer.Error(404, "No such control").SendAsync(http);
            return;
        }

        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        var exchange = new Exchange(http, SiroHost.External, path, Nowhere) { Body = body.ToArray(), Route = match };
        Answer answer;
        try
        {
            answer = await match.Route.Handle(exchange);
        }
        catch (Exception failure)
            when (failure is JsonException or ArgumentException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            answer = Answer.Error(400, failure.Message);
        }

        await answer.SendAsync(http);
    }

    private static JournalEntry Nowhere { get; } = new()
    {
        Sequence = 0,
        Timestamp = 0,
        ArrivedAt = default,
        Host = SiroHost.External,
        Method = "",
        Path = "",
        RawTarget = "",
        Query = "",
        Headers = [],
    };

    private void Map(string method, string path, Func<Exchange, Answer> handle) => _routes.Add(method, path, x => new(handle(x)));

    private Answer Overview() => Answer.Ok(new
    {
        external = _emulator.External,
        platform = _emulator.Platform,
        @internal = _emulator.Internal,
        storage = _emulator.Storage,
        voip = _emulator.Voip,
        auth = _emulator.Auth,
        control = _emulator.Control,
        organizations = _emulator.State.Organizations.Select(o => new
        {
            id = o.Id,
            name = o.Name,
            users = o.Users.Count,
            tokens = _emulator.State.Tokens.All.Where(t => t.Organization == o && t.Kind == Access.TokenKind.Organization)
                .Select(t => t.Value),
            clientApp = o.ClientApp is { } client ? new { clientId = client.ClientId, clientSecret = client.ClientSecret } : null,
            apps = o.Apps.Select(a => new { clientId = a.ClientId, clientSecret = a.ClientSecret }),
            firstUser = o.Users.Page(0, 1).Users.Select(u => new { id = u.Id, email = u.Email }).FirstOrDefault(),
            connections = o.Connections.Select(c => c.Id),
            webhooks = o.Webhooks.All,
        }),
    });

    private Answer ReadJournal(Exchange x)
    {
        var since = x.Query("since") is { } text ? long.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : 0;
        var limit = x.Query("limit") is { } most ? int.Parse(most, System.Globalization.CultureInfo.InvariantCulture) : 1000;
        SiroHost? host = x.Query("host") is { } name ? Enum.Parse<SiroHost>(name, ignoreCase: true) : null;
        var found = _emulator.Journal.Read(since, host, x.Query("path"), x.Query("method"));
        return Answer.Ok(new
        {
            count = found.Count,
            last = _emulator.Journal.Last,
            data = found.Take(limit).Select(e => new
            {
                sequence = e.Sequence,
                arrivedAt = e.ArrivedAt,
                timestamp = e.Timestamp,
                host = e.Host.Name(),
                method = e.Method,
                path = e.Path,
                query = e.Query,
                rawTarget = e.RawTarget,
                headers = e.Headers,
                body = e.BodyText,
                bodyLength = e.BodyLength,
                bodySha256 = e.BodySha256,
                operation = e.Operation,
                tokenId = e.TokenId,
                userId = e.UserId,
                status = e.Status,
                aborted = e.Aborted,
                fault = e.Fault,
                durationMilliseconds = e.DurationMilliseconds,
                effects = e.Effects,
            }),
        });
    }

    private Answer AddFaults(Exchange x)
    {
        if (!x.TryJson(out var json))
        {
            return Answer.Error(400, "Invalid JSON");
        }

        var rules = json.ValueKind == JsonValueKind.Array
            ? json.Deserialize<FaultRule[]>(Answer.Json)!
            : [json.Deserialize<FaultRule>(Answer.Json)!];
        foreach (var rule in rules)
        {
            _emulator.Faults.Add(rule);
        }

        return Answer.Of(201, new { added = rules.Length });
    }

    private Answer Stats()
    {
        var window = _emulator.Options.RateWindow;
        return Answer.Ok(new
        {
            requests = _emulator.Journal.Last,
            recordings = _emulator.State.Recordings.Count,
            objects = _emulator.Objects.Count,
            webhooksPending = _emulator.Webhooks.Pending,
            webhookAttempts = _emulator.Webhooks.Attempts.Count,
            backgroundFailures = _emulator.BackgroundFailures.Select(f => f.ToString()),
            timestampFrequency = _emulator.Options.Time.TimestampFrequency,
            tokens = _emulator.State.Tokens.All.Select(t => new
            {
                id = t.Id,
                kind = t.Kind.ToString(),
                userId = t.User?.Id,
                arrivals = t.Arrivals.Timestamps.Count,
                admitted = t.Arrivals.Admitted,
                mostInAnyWindow = t.Arrivals.MostIn(window),
            }),
        });
    }

    private Answer ChangeSettings(Exchange x)
    {
        if (!x.TryJson(out var json))
        {
            return Answer.Error(400, "Invalid JSON");
        }

        Settings.Write(_emulator.Options, json);
        return Answer.Ok(Settings.Read(_emulator.Options));
    }

    private Answer Reset()
    {
        _emulator.Journal.Clear();
        _emulator.Faults.Clear();
        foreach (var token in _emulator.State.Tokens.All)
        {
            token.Arrivals.Clear();
        }

        return Answer.Empty(204);
    }
}
