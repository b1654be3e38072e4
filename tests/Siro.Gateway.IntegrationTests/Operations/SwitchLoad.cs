using System.Collections.Concurrent;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Uploads;

namespace Siro.Gateway.IntegrationTests.Operations;

/// <summary>50 calls a second over all replicas and two hosts, an upload and an event now and then.</summary>
internal sealed class SwitchLoad : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly HttpClient[] _clients;
    private readonly Task _run;
    private readonly long _began = TimeProvider.System.GetTimestamp();
    private int _calls;
    private int _uploads;

    public SwitchLoad(params HttpClient[] clients)
    {
        _clients = clients;
        _run = RunAsync();
    }

    public ConcurrentQueue<string> Failures { get; } = new();

    public ConcurrentBag<string> Events { get; } = [];

    public int Calls => Volatile.Read(ref _calls);

    public int Uploads => Volatile.Read(ref _uploads);

    /// <summary>Calls answered a second since the load began.</summary>
    public double Rate => Calls / TimeProvider.System.GetElapsedTime(_began).TotalSeconds;

    /// <summary>Until another hundred calls and two uploads have been answered.</summary>
    public Task GoesOnAsync()
    {
        var (calls, uploads) = (Calls, Uploads);
        return Until.TrueAsync(() => Calls >= calls + 100 && Uploads >= uploads + 2, "the load goes on", TimeSpan.FromSeconds(60));
    }

    public async Task StopAsync()
    {
        await _end.CancelAsync();
        await _run;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _end.Dispose();
        foreach (var client in _clients)
        {
            client.Dispose();
        }
    }

    private async Task RunAsync()
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var under = new List<Task>();
        for (var n = 0; !_end.IsCancellationRequested; await pace.WaitForNextTickAsync(CancellationToken.None))
        {
            // A timer that comes late on a busy machine doesn't make the load less.
            for (var due = 50 * TimeProvider.System.GetElapsedTime(_began).TotalSeconds; n < due; n++)
            {
                Send(n);
            }
        }

        await Task.WhenAll(under);

        void Send(int number)
        {
            var client = _clients[number % _clients.Length];
            under.Add(CallAsync(client, (number / 2) % 2 == 0 ? "/external/v1/core/recordings" : "/platform/v1/core/recordings"));
            if (number % 25 == 0)
            {
                under.Add(UploadAsync(client, number));
            }

            if (number % 10 == 0)
            {
                under.Add(EventAsync(client, number));
            }
        }
    }

    private async Task CallAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path, CancellationToken.None);
        await NoteAsync(path, answer);
        Interlocked.Increment(ref _calls);
    }

    private async Task UploadAsync(HttpClient client, int number)
    {
        var (answer, _) = await client.UploadAsync(Forms.Of(IntegrationTests.Uploads.Recordings.Wav(40_000, number)));
        using (answer)
        {
            await NoteAsync("upload", answer);
        }

        Interlocked.Increment(ref _uploads);
    }

    private async Task EventAsync(HttpClient client, int number)
    {
        var recording = $"rec-switch-{Guid.NewGuid():N}-{number}";
        using var answer = await client.PostWebhookAsync("msg_" + recording, SiroSender.Event(recording));
        await NoteAsync("webhook", answer);
        Events.Add(recording);
    }

    private async Task NoteAsync(string what, HttpResponseMessage answer)
    {
        if (!answer.IsSuccessStatusCode)
        {
            Failures.Enqueue($"{what}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(CancellationToken.None)}");
        }
    }
}
