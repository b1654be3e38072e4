using System.Net;
using Siro.Gateway.IntegrationTests.Infrastructure;
using static Siro.Gateway.IntegrationTests.Uploads.RawCaller;

namespace Siro.Gateway.IntegrationTests.Uploads;

/// <summary>
/// Callers that pause, and callers that stop: <c>Uploads:IdleTimeout</c> alone decides, and the caller is told in the gateway's words.
/// </summary>
public sealed class StalledCallersTests(StalledCallersTests.Fixture gateway) : IClassFixture<StalledCallersTests.Fixture>
{
    private static readonly byte[] Head = [.. Part("userEmail", "rep1@example.com"), .. Part("file", [], "call.wav")[..^2]];
    private static readonly byte[] Audio = Recordings.Wav(300_000, seed: 9);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static (string Where, byte[] Sent)[] Stops => [
        ("before its first byte", []),
        ("in the head of the first part", "--the-bound"u8.ToArray()),
        ("in a field", Part("userEmail", "rep1@example.com")[..^10]),
        ("before the first byte of the file", Head),
        ("in the file's first kilobyte", [.. Head, .. Audio[..500]]),
        ("far into the file", [.. Head, .. Audio[..250_000]]),
        ("before the last boundary", [.. Head, .. Audio]),
        ("within the last boundary", [.. Head, .. Audio, .. "\r\n"u8, .. End[..6]]),
    ];

    // All at once, since each waits for several seconds.
    [Fact]
    public async Task A_caller_that_stops_sending_gets_408_in_the_gateways_own_words()
    {
        await Task.WhenAll(Stops.SelectMany(
            s => new[] { StopAsync(s.Where, s.Sent, chunked: false), StopAsync(s.Where, s.Sent, chunked: true) }));
        await Until.TrueAsync(() => gateway.Spooled == 0, "the spool is empty");

        async Task StopAsync(string where, byte[] sent, bool chunked)
        {
            await using var caller = await ConnectAsync(gateway.Gateway.Address);
            await caller.SendHeadAsync(chunked ? null : Head.Length + Audio.Length + 2 + End.Length);
            if (chunked && sent.Length > 0)
            {
                await caller.SendChunkAsync(sent);
            }
            else
            {
                await caller.SendAsync(sent);
            }

            var (status, body, _) = await caller.AnswerAsync();

            Assert.True(status == 408, $"{where}, {(chunked ? "in chunks" : "with its length")}: {status} {body}");
            Assert.Equal("upload_stalled", body.Text("code"));
            Assert.DoesNotContain("MinRequestBody", body.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_pause_in_the_first_kilobyte_is_longer_than_the_servers_own_patience_and_no_harm()
    {
        await using var patient = await gateway.StartInProcessAsync(
            null, ("Uploads:IdleTimeout", "00:00:30"), ("Uploads:SpoolDirectory", gateway.SpoolDirectory));
        await using var caller = await ConnectAsync(patient.Address);
        await caller.SendHeadAsync(Head.Length + Audio.Length + 2 + End.Length);
        await caller.SendAsync(Head.AsMemory(0, 100));

        // Kestrel gives 240 bytes a second after 5 s; its clock is the machine's.
        await Task.Delay(TimeSpan.FromSeconds(8), TimeProvider.System, Cancel);
        await caller.SendAsync((byte[])[.. Head[100..], .. Audio, .. "\r\n"u8, .. End]);

        var (status, body, _) = await caller.AnswerAsync();
        Assert.True(status == (int)HttpStatusCode.Created, body.ToString());
    }

    [Fact]
    public async Task A_caller_that_sends_in_drops_is_bounded_by_its_average()
    {
        await using var caller = await ConnectAsync(gateway.Gateway.Address);
        await caller.SendHeadAsync(Head.Length + Audio.Length + 2 + End.Length);
        await caller.SendAsync(Head.AsMemory(0, 50));
        var answer = caller.AnswerAsync();
        for (var drop = 50; !answer.IsCompleted; drop++)
        {
            await caller.TrySendAsync(Head.AsMemory(drop % Head.Length, 1));
            await Task.WhenAny(answer, Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, Cancel));
        }

        var (status, body, _) = await answer;
        Assert.True((status, body.Text("code")) == (408, "upload_stalled"), $"{status} {body}");
    }

    public sealed class Fixture : UploadsFixture
    {
        protected override async Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            await base.ConfigureAsync(settings);
            settings["Uploads:IdleTimeout"] = "00:00:02";

            // The callers read to the end of the connection, which is kept for whoever still sends.
            settings["Refusals:DrainTime"] = "00:00:01";
        }
    }
}
