using System.Text.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Attacks.Refusals;

/// <summary>
/// A body is on its way when the gateway refuses: every common client reads the status and the problem, and none a broken pipe, whether it
/// sends at full speed or slowly, asks first (<c>Expect: 100-continue</c>) or not, and whether nginx stands before the gateway.
/// </summary>
[Long]
public sealed class RefusalTests(RefusalFixture gateway) : IClassFixture<RefusalFixture>
{
    private const int Large = 40_000_000;
    private const int Medium = 8_000_000;

    /// <summary>So many kinds are refused while 40 MB are on their way; all of them at the full measure.</summary>
    private const int LargeKinds = 2;

    private const int Small = 2_000_000;
    private const int SlowRate = 1_000_000;

    private const string Admin = GatewaySettings.AdminKey;

    /// <summary>Each kind of refusal once, at an endpoint where it comes before the body was read.</summary>
    private static readonly RefusalCase[] Kinds =
    [
        new("POST", "/external/v1/core/users", null, 401, "unauthenticated"),
        new("POST", "/v1/uploads", null, 401, "unauthenticated"),
        new("POST", "/v1/webhooks/siro/acme", null, 400, "missing_headers"),
        new("POST", "/external/v1/core/users", GatewaySettings.NobodyKey, 403, "permission_missing"),
        new("PUT", "/v1/sync/engagements", GatewaySettings.NobodyKey, 403, "permission_missing", "application/json"),
        new("POST", "/nothing/here", Admin, 404, "not_found"),
        new("POST", "/v1/uploads/none/retry", Admin, 404, "upload_not_found"),
        new("PUT", "/v1/uploads", Admin, 405, "method_not_allowed"),
        new("POST", "/v1/calls", Admin, 413, "body_too_large", "application/json"),
        new("POST", "/v1/uploads", Admin, 415, "unsupported_media_type"),
        new("POST", "/v1/uploads", Admin, 415, "not_audio", Form, FilePart),
        new("POST", "/v1/uploads", Admin, 422, "invalid_metadata", Form, WrongEmail + FilePart + "RIFF"),
        new("POST", "/external/v1/core/users", RefusalFixture.SpentKey, 429, "budget_exhausted"),
        new("POST", "/internal/v1/core/users", Admin, 502, "siro_broken_answer"),
        new("POST", "/platform/v1/core/users", RefusalFixture.BareKey, 503, "oauth_app_missing"),
    ];

    private const string Form = "multipart/form-data; boundary=b";
    private const string WrongEmail = "--b\r\nContent-Disposition: form-data; name=\"userEmail\"\r\n\r\nnobody\r\n";
    private const string FilePart = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"call.wav\"\r\n\r\n";

    public static TheoryData<string, bool> Clients
    {
        get
        {
            var all = new TheoryData<string, bool>();
            foreach (var client in RefusalClients.All)
            {
                all.Add(client, false);
                all.Add(client, true);
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Every_client_reads_every_kind_of_refusal(string client, bool behindNginx)
    {
        Assert.SkipWhen(behindNginx && gateway.Nginx is null, NginxServer.Missing ?? "");
        var address = behindNginx ? gateway.Nginx! : gateway.Gateway.Address;
        var cases = Kinds.SelectMany((kind, n) => new[]
        {
            (kind, Bytes: n < LargeKinds || TestScale.Factor >= 10 ? Large : Medium, Rate: 0, Expect: false),
            (kind, Bytes: n < LargeKinds || TestScale.Factor >= 10 ? Large : Medium, Rate: 0, Expect: true),
            (kind, Bytes: Small, Rate: SlowRate, Expect: false),
            (kind, Bytes: Small, Rate: SlowRate, Expect: true),
        }).Where(c => !c.Expect || RefusalClients.CanExpect(client)).ToArray();

        await CheckAsync(client, address, cases);
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Every_client_reads_the_refusal_of_every_endpoint_that_takes_a_body(string client, bool behindNginx)
    {
        Assert.SkipWhen(behindNginx && gateway.Nginx is null, NginxServer.Missing ?? "");

        // Signing in is refused by its limit of attempts as well, which the other clients' attempts use up.
        var cases = gateway.BodyEndpoints.Where(e => e.Path != "/v1/session")
            .Select(e => (Refusal(e.Method, e.Path), Bytes: Small * 2, Rate: 0, Expect: false)).ToArray();
        Assert.True(cases.Length > 25, $"{cases.Length} endpoints");

        await CheckAsync(client, behindNginx ? gateway.Nginx! : gateway.Gateway.Address, cases);
    }

    /// <summary>What a caller without a credential gets; the two that are open judge a signature instead.</summary>
    private static RefusalCase Refusal(string method, string path) => path switch
    {
        "/v1/webhooks/siro/x" => new(method, "/v1/webhooks/siro/acme", null, 400, "missing_headers"),
        "/v1/calls/sources/x" => new(method, path, null, 404, "source_not_found"),
        _ => new(method, path, null, 401, "unauthenticated", "application/json"),
    };

    private static async Task CheckAsync(string client, Uri address, (RefusalCase Case, int Bytes, int Rate, bool Expect)[] cases)
    {
        var requests = cases.Select((c, id) => new RefusalRequest(
            id,
            client,
            new Uri(address, c.Case.Path).AbsoluteUri,
            c.Case.Method,
            Headers(c.Case, c.Expect),
            c.Case.Prefix,
            c.Bytes,
            c.Rate)).ToArray();
        var answers = (await RefusalClients.SendAsync(client, requests)).ToDictionary(a => a.Id);

        var wrong = requests.Where(r => !IsRight(cases[r.Id].Case, answers[r.Id]))
            .Select(r => $"{cases[r.Id]}: {answers[r.Id]}").ToArray();
        Assert.True(wrong.Length == 0, $"{client}, {wrong.Length} of {cases.Length}:\n{string.Join('\n', wrong)}");
    }

    private static Dictionary<string, string> Headers(RefusalCase refusal, bool expect)
    {
        var headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["Content-Type"] = refusal.ContentType };
        if (refusal.Key is not null)
        {
            headers["X-Api-Key"] = refusal.Key;
        }

        if (expect)
        {
            headers["Expect"] = "100-continue";
        }

        return headers;
    }

    private static bool IsRight(RefusalCase expected, RefusalAnswer answer)
    {
        if (answer.Status != expected.Status || !answer.Body.StartsWith('{'))
        {
            return false;
        }

        using var problem = JsonDocument.Parse(answer.Body);
        return problem.RootElement.GetProperty("code").GetString() == expected.Code && problem.RootElement.TryGetProperty("traceId", out _);
    }
}
