using System.Globalization;
using System.Net.Http.Json;
using Siro.Emulator.Hosting;
using Siro.Emulator.Journal;

namespace Siro.Sandbox.Demo;

/// <summary>Job 1: one address for three hosts, each with its own credential, and nothing of the caller's.</summary>
internal sealed class ProxyJob(Sandbox sandbox, GatewayCaller caller, Report report)
{
    /// <summary>What the caller sends and Siro must never see.</summary>
    private static readonly (string Name, string Value)[] Private =
    [
        ("Cookie", "session=of-the-caller"), ("X-Forwarded-For", "10.1.2.3"), ("X-Internal-Trace", "of-the-company"),
        ("Referer", "http://intranet.example/"),
    ];

    public async Task PlayAsync(CancellationToken cancel)
    {
        var me = await caller.SendAsync(HttpMethod.Get, "/v1/me", null, cancel);
        report.Check(me.Status == 200, "GET /v1/me", me.Status == 200 ? $"client {me.Text("client")}" : me.Short, me.Took);
        await CallAsync("/external/v1/core/users?pageSize=10", SiroHost.External, "Authorization", "organization token", cancel);
        await CallAsync("/platform/v1/core/recordings?limit=5", SiroHost.Platform, "x-siro-auth-token", "user token (read)", cancel);
        await CallAsync($"/internal/v1/core/conversation-configurations?organizationId={sandbox.Siro.Default.Id}", SiroHost.Internal,
            "x-siro-auth-token", "user token (read)", cancel);
        await SyncAsync(cancel);
        await RefusedAsync("an unknown API key", "/external/v1/core/users", 401, cancel, r =>
        {
            r.Headers.Remove("X-Api-Key");
            r.Headers.Add("X-Api-Key", "sgw_unknown");
        });
        await RefusedAsync("a path that climbs", "/external/v1/..%2f..%2fadmin", 400, cancel);
    }

    private async Task CallAsync(string path, SiroHost host, string header, string kind, CancellationToken cancel)
    {
        var since = sandbox.Siro.Journal.Last;
        var answer = await caller.SendAsync(HttpMethod.Get, path, null, cancel, r =>
        {
            foreach (var (name, value) in Private)
            {
                r.Headers.TryAddWithoutValidation(name, value);
            }
        });
        report.Check(answer.Status == 200, $"GET {Clip(path.Split('?')[0])}",
            answer.Status == 200 ? string.Create(CultureInfo.InvariantCulture, $"{answer.Body.Length} bytes") : answer.Short, answer.Took);
        var seen = sandbox.Siro.Journal.Read(since, host).LastOrDefault(e => e.Method == "GET");
        report.Check(
            seen is not null && Carries(seen, host, header), $"  Siro saw the {kind}", seen is null ? "no request arrived" : header);
        var leaked = seen is null
            ? []
            : Private.Where(p => seen.Header(p.Name) is not null).Select(p => p.Name).Append("X-Api-Key")
                .Where(n => seen.Header(n) is not null).ToArray();
        report.Check(leaked.Length == 0, "  and none of the caller's headers",
            leaked.Length == 0 ? $"{Private.Length + 1} held back" : string.Join(", ", leaked));
    }

    /// <summary>The right credential in the right header, and only there.</summary>
    private bool Carries(JournalEntry seen, SiroHost host, string header)
    {
        var other = host == SiroHost.External ? "x-siro-auth-token" : "Authorization";
        var token = sandbox.Siro.State.Tokens.ById(seen.TokenId ?? "");
        return token is not null && seen.Header(other) is null
            && seen.Header(header) == (host == SiroHost.External ? $"Bearer {sandbox.Siro.Default.Token}" : token.Value);
    }

    /// <summary>An appointment that the uploads are linked to.</summary>
    private async Task SyncAsync(CancellationToken cancel)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var content = JsonContent.Create(new
        {
            externalId = GuidedDemo.Appointment,
            subject = "Quote for a new roof",
            startTime = now.AddHours(-1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            endTime = now.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            engagementType = new { name = "meeting", activityType = "MEETING" },
            engagementUsers =
                new[] { new { externalId = sandbox.Siro.Default.Users[0].ExternalId, email = sandbox.Siro.Default.Users[0].Email } },
        });
        var answer = await caller.SendAsync(HttpMethod.Put, "/external/v1/integrations/sync/engagements", content, cancel);
        var known = sandbox.Siro.State.Crm(sandbox.Siro.Default.Organization).EngagementByExternalId(GuidedDemo.Appointment) is not null;
        report.Check(answer.Status == 200 && known, "PUT /external/.../sync/engagements",
            answer.Status == 200 ? GuidedDemo.Appointment : answer.Short, answer.Took);
    }

    private async Task RefusedAsync(string what, string path, int status, CancellationToken cancel, Action<HttpRequestMessage>? bend = null)
    {
        var since = sandbox.Siro.Journal.Last;
        var answer = await caller.SendAsync(HttpMethod.Get, path, null, cancel, bend);
        var reached = sandbox.Siro.Journal.Last - since;
        report.Check(answer.Status == status && reached == 0, $"{what} is refused",
            reached == 0 ? answer.Short : $"{answer.Short}, but {reached} request(s) reached Siro", answer.Took);
    }

    private static string Clip(string path) => path.Length <= 39 ? path : path[..36] + "...";
}
