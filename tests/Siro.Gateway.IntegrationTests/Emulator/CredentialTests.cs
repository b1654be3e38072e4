using Siro.Emulator;
using Siro.Emulator.Hosting;

namespace Siro.Gateway.IntegrationTests.Emulator;

public sealed class CredentialTests : EmulatorTest
{
    [Fact]
    public async Task Each_host_takes_its_own_kind_of_credential_only()
    {
        var read = await Call.Mint("read");
        Assert.Equal(200, (int)(await Call.External(HttpMethod.Get, "v1/core/auth/caller-identity")).StatusCode);
        Assert.Equal(401, (int)(await Call.External(HttpMethod.Get, "v1/core/auth/caller-identity", token: read)).StatusCode);
        Assert.Equal(401, (int)(await Call.External(HttpMethod.Get, "v1/core/auth/caller-identity", token: "nothing")).StatusCode);
        Assert.Equal(200, (int)(await Call.Platform(HttpMethod.Get, "v1/core/recordings", read)).StatusCode);
        Assert.Equal(401, (int)(await Call.Platform(HttpMethod.Get, "v1/core/recordings", Siro.Default.Token)).StatusCode);
        Assert.Equal(200,
            (int)(await Call.Internal(
            HttpMethod.Get, $"v1/core/conversation-configurations?organizationId={Siro.Default.Id}", read)).StatusCode);
        using var both = await Call.Send(HttpMethod.Get, new Uri(Siro.Platform, "v1/core/recordings"), null, r =>
        {
            r.Headers.Add("x-siro-auth-token", read);
            r.Headers.Add("Authorization", "Bearer caller-token");
        });
        Assert.Equal(401, (int)both.StatusCode);
    }

    [Fact]
    public async Task A_scope_restricts_the_verbs()
    {
        var read = await Call.Mint("read");
        var write = await Call.Mint("write");
        Assert.Equal(403,
            (int)(await Call.Platform(
            HttpMethod.Post, "v1/core/recordings/signed-urls", read, new { fileType = "mp3", fileSize = 1 })).StatusCode);
        Assert.Equal(200,
            (int)(await Call.Platform(
            HttpMethod.Post, "v1/core/recordings/signed-urls", write, new { fileType = "mp3", fileSize = 1 })).StatusCode);
        Assert.Equal(403, (int)(await Call.Platform(HttpMethod.Get, "v1/core/recordings", write)).StatusCode);
    }

    [Fact]
    public async Task A_revoked_token_is_refused_and_an_expired_one_too()
    {
        var first = await Call.Mint("read");
        Siro.State.Tokens.RevokeUserTokens();
        Assert.Equal(401, (int)(await Call.Platform(HttpMethod.Get, "v1/core/recordings", first)).StatusCode);
        Siro.Options.AccessTokenLifetime = TimeSpan.Zero;
        Assert.Equal(401, (int)(await Call.Platform(HttpMethod.Get, "v1/core/recordings", await Call.Mint("read"))).StatusCode);
        Assert.Equal(2, Siro.Journal.Mints().Count);
    }

    [Fact]
    public async Task An_app_is_created_and_mints_and_a_wrong_secret_does_not()
    {
        using var created = await Call.External(
            HttpMethod.Post, "v1/core/oauth/apps", new { appName = "x", owner = Siro.Default.UserId, organizationId = Siro.Default.Id });
        Assert.Equal(201, (int)created.StatusCode);
        var app = await EmulatorCaller.Json(created);
        var path = $"v1/core/oauth/apps/{app.GetProperty("clientID").GetString()}/access-token";
        Assert.Equal(201,
            (int)(await Call.External(HttpMethod.Post, path,
            new { clientSecret = app.GetProperty("clientSecret").GetString(), userId = Siro.Default.UserId, scope = "read" })).StatusCode);
        Assert.Equal(401,
            (int)(await Call.External(
            HttpMethod.Post, path, new { clientSecret = "wrong", userId = Siro.Default.UserId, scope = "read" })).StatusCode);
        Assert.Equal(422,
            (int)(await Call.External(
            HttpMethod.Post, path, new { clientSecret = "wrong", userId = Siro.Default.UserId, scope = "admin" })).StatusCode);
        Assert.Equal(404,
            (int)(await Call.External(HttpMethod.Post, path,
            new { clientSecret = app.GetProperty("clientSecret").GetString(), userId = "nobody", scope = "read" })).StatusCode);
    }

    [Fact]
    public async Task The_limit_counts_arrivals_in_a_rolling_window()
    {
        Siro.Options.RateLimit = 5;
        Siro.Options.RateWindow = TimeSpan.FromMilliseconds(400);
        var answers = new List<int>();
        for (var i = 0; i < 8; i++)
        {
            using var answer = await Call.External(HttpMethod.Get, "v1/core/auth/caller-identity");
            answers.Add((int)answer.StatusCode);
            Assert.DoesNotContain(answer.Headers, h => h.Key.Contains("Retry", StringComparison.OrdinalIgnoreCase)
                || h.Key.Contains("RateLimit", StringComparison.OrdinalIgnoreCase));
        }

        Assert.Equal([200, 200, 200, 200, 200, 429, 429, 429], answers);
        await Task.Delay(TimeSpan.FromMilliseconds(450), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)(await Call.External(HttpMethod.Get, "v1/core/auth/caller-identity")).StatusCode);
        var arrivals = Siro.Default.OrganizationToken.Arrivals;
        Assert.Equal(9, arrivals.Timestamps.Count);
        Assert.Equal(6, arrivals.Admitted);
        Assert.Equal(8, arrivals.MostIn(TimeSpan.FromMilliseconds(400)));
    }

    [Fact]
    public async Task A_request_without_user_agent_meets_the_CDN()
    {
        using var http = new HttpClient();
        using var refused = await http.GetAsync(new Uri(Siro.External, "v1/core/users"), TestContext.Current.CancellationToken);
        Assert.Equal(403, (int)refused.StatusCode);
        Assert.Contains(
            "error code: 1010", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_published_operation_answers_and_no_other_path_does()
    {
        Siro.Options.RateLimit = 0;
        var tokens = new Dictionary<bool, string> { [true] = await Call.Mint("read"), [false] = await Call.Mint("write") };
        Assert.Equal(214, PublishedOperations.All.Count);
        foreach (var (host, method, template) in PublishedOperations.All.Where(o => o.Method != "DELETE"))
        {
            var path = template.Replace('{', 'x').Replace('}', 'x')[1..];
            using var answer = host == SiroHost.External
                ? await Call.External(new HttpMethod(method), path, method == "GET" ? null : new { })
                : await Call.Platform(new HttpMethod(method), path, tokens[method == "GET"], method == "GET" ? null : new { });
            var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True((int)answer.StatusCode is 200 or 404 or 422 or 403, $"{method} {template}: {answer.StatusCode}");
            Assert.DoesNotContain("not defined by this API", text, StringComparison.Ordinal);
        }

        using var none = await Call.Platform(HttpMethod.Get, "v9/nothing", tokens[true]);
        Assert.Equal("""{"code":404,"message":"The current request is not defined by this API."}""",
            await none.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
