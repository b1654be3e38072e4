using System.Net.Sockets;
using System.Text;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Attacks;

/// <summary>
/// The same doubtful framings through nginx, which keeps its connections to the gateway and shares them among its callers. Where the
/// two read a request in two ways, the next caller gets somebody else's answer, and what is hidden reaches Siro without being answered.
/// </summary>
public sealed class SmugglingBehindNginxAttacks(SmugglingBehindNginxAttacks.Fixture gateway)
    : IClassFixture<SmugglingBehindNginxAttacks.Fixture>
{
    private const string Key = "X-Api-Key: " + GatewaySettings.AdminKey + "\r\n";
    private const string Target = "POST /external/v1/core/users HTTP/1.1\r\nHost: gateway\r\n" + Key;
    private const string Body = "Content-Length: 5\r\n\r\nhello" + SmugglingAttacks.Hidden;

    private const string Last = "GET /health/live HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n";

    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Requests
    {
        get
        {
            var requests = new TheoryData<string, string>();
            foreach (var row in SmugglingAttacks.Framings)
            {
                requests.Add(row.Data.Item1, $"{Target}{row.Data.Item2}\r\n{row.Data.Item3}");
            }

            foreach (var row in SmugglingAttacks.Chunks)
            {
                var chunks = row.Data.Item2 + SmugglingAttacks.Hidden;
                requests.Add("chunks: " + row.Data.Item1, $"{Target}Transfer-Encoding: chunked\r\n\r\n{chunks}");
            }

            foreach (var row in SmugglingAttacks.Lines)
            {
                requests.Add("line: " + row.Data.Item1, $"{row.Data.Item2}{Key}{Body}");
            }

            const string NoChunks = "\r\n0\r\n\r\n" + SmugglingAttacks.Hidden;
            requests.Add("a length before chunks", $"{Target}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n{NoChunks}");
            requests.Add("a length after chunks", $"{Target}Transfer-Encoding: chunked\r\nContent-Length: 500\r\n{NoChunks}");
            requests.Add("Content-Length to CGI alone", $"{Target}Content_Length: 5\r\n\r\nhello{SmugglingAttacks.Hidden}");
            requests.Add("a body shorter than it says", $"{Target}Content-Length: 500\r\n\r\n{SmugglingAttacks.Hidden}");
            requests.Add("an upgrade", $"{Target}Connection: Upgrade\r\nUpgrade: websocket\r\n{Body}");
            const string Settings = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n";
            requests.Add("an upgrade to HTTP/2", $"{Target}{Settings}{Body}");
            requests.Add("Content-Length named as hop by hop", $"{Target}Connection: close, Content-Length\r\n{Body}");
            requests.Add("Expect with a body at once", $"{Target}Expect: 100-continue\r\n{Body}");
            return requests;
        }
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task The_next_caller_gets_its_own_answer_and_what_is_hidden_reaches_nobody_unanswered(string what, string request)
    {
        Assert.SkipWhen(gateway.Nginx is null, NginxServer.Missing ?? "");
        var since = gateway.Emulator.Journal.Last;

        var answer = await SendAsync(request + Last);

        for (var victim = 0; victim < 3; victim++)
        {
            using var client = GatewayInProcess.ClientOf(gateway.Nginx!, GatewaySettings.ReaderKey);
            var me = await client.GetStringAsync("/v1/me", TestContext.Current.CancellationToken);
            Assert.Contains("\"reader\"", me, StringComparison.Ordinal);
        }

        var answers = answer.Split("HTTP/1.1 ").Length - 1;
        var hidden = gateway.Emulator.Journal.Read(since).Count(e => e.Path.EndsWith("/smuggled", StringComparison.Ordinal));

        // Where nginx itself reads it as the caller's next request, it is one: the caller's own, and answered to it.
        Assert.True(hidden == 0 || answers >= 2, $"{what}: {answer}");
        Assert.DoesNotContain("HTTP/1.1 500", answer, StringComparison.Ordinal);
    }

    /// <summary>Everything that comes back until the end, or until nothing more comes to a request that nginx still waits for.</summary>
    private async Task<string> SendAsync(string request)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(gateway.Nginx!.Host, gateway.Nginx.Port, Cancel);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), Cancel);
        var (answer, buffer) = (new StringBuilder(), new byte[64 * 1024]);
        using var quiet = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        try
        {
            quiet.CancelAfter(Quiet);
            while (await stream.ReadAsync(buffer, quiet.Token) is > 0 and var read)
            {
                answer.Append(Encoding.Latin1.GetString(buffer, 0, read));
                quiet.CancelAfter(Quiet);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException && !Cancel.IsCancellationRequested)
        {
            // A reset after the answer is an end too; and some requests are never whole.
        }

        return answer.ToString();
    }

    public sealed class Fixture : AttackFixture
    {
        private NginxServer? _nginx;

        public Uri? Nginx => _nginx?.Address;

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            _nginx = NginxServer.Missing is null ? await NginxServer.StartAsync(Gateway.Address) : null;
        }

        public override async ValueTask DisposeAsync()
        {
            if (_nginx is not null)
            {
                await _nginx.DisposeAsync();
            }

            await base.DisposeAsync();
        }
    }
}
