using System.Globalization;
using System.Net;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Uploads;

/// <summary>SIRO_TEST_SCALE=10 sends eight files of 100 MB; without it, eight of 10 MB.</summary>
public sealed class MemoryTests(MemoryTests.Fixture gateway) : IClassFixture<MemoryTests.Fixture>
{
    private const long MostAdded = 64L * 1024 * 1024;

    private static int Scale => int.TryParse(Environment.GetEnvironmentVariable("SIRO_TEST_SCALE"), NumberStyles.None, CultureInfo.InvariantCulture, out var scale) ? scale : 1;

    public sealed class Fixture : UploadsFixture
    {
        protected override bool StartsGateway => false;
    }

    [Fact]
    public async Task Eight_large_uploads_at_once_add_at_most_64_MiB()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The memory of a process is read from /proc: run this test on Linux.");
        var bytes = Math.Min(10_000_000L * Scale, 100_000_000L);
        await using var process = await gateway.StartProcessAsync(("Logging:LogLevel:Default", "Warning"));
        using var client = process.CreateClient();
        client.Timeout = TimeSpan.FromMinutes(5);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => UploadAsync(client, 2_000_000)));
        var before = Resident(process);
        var peak = before;
        var cpu = Processor(process);
        using var done = new CancellationTokenSource();
        var watching = WatchAsync();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => UploadAsync(client, bytes)));
        await done.CancelAsync();
        await watching;

        TestContext.Current.SendDiagnosticMessage($"8 uploads of {bytes} bytes: {before / 1024} KiB before, {peak / 1024} KiB at the peak, {(peak - before) / 1024} KiB added; {(Processor(process) - cpu).TotalMilliseconds / 8:F0} ms of CPU each");
        Assert.True(peak - before <= MostAdded, $"{(peak - before) / 1024} KiB added");

        async Task WatchAsync()
        {
            while (!done.IsCancellationRequested)
            {
                peak = Math.Max(peak, Resident(process));
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
            }
        }
    }

    private static async Task UploadAsync(HttpClient client, long bytes)
    {
        using var form = new MultipartFormDataContent { { new StringContent("rep1@example.com"), "userEmail" }, { new MadeUp(bytes), "file", "call.wav" } };
        using var response = await client.PostAsync("/v1/uploads", form, TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.Created, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static long Resident(GatewayProcess process) =>
        long.Parse(File.ReadLines($"/proc/{process.Process.Id}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;

    private static TimeSpan Processor(GatewayProcess process)
    {
        using var running = System.Diagnostics.Process.GetProcessById(process.Process.Id);
        return running.TotalProcessorTime;
    }

    /// <summary>A WAV of any length that needs no memory.</summary>
    private sealed class MadeUp(long bytes) : HttpContent
    {
        private static readonly byte[] Block = Recordings.Wav(256 * 1024);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            for (var sent = 0L; sent < bytes;)
            {
                var piece = (int)Math.Min(Block.Length, bytes - sent);
                await stream.WriteAsync(Block.AsMemory(0, piece));
                sent += piece;
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = bytes;
            return true;
        }
    }
}
