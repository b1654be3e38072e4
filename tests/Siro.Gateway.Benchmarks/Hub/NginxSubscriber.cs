using System.Globalization;
using Siro.Gateway.Benchmarks.Hosting;

namespace Siro.Gateway.Benchmarks.Hub;

/// <summary>One request that came to the subscriber.</summary>
internal sealed record Arrival(string Path, string EventId, bool Replay, DateTimeOffset At);

/// <summary>Subscribers that cost next to nothing: nginx answers 200 to whatever comes, and notes which event it was.</summary>
internal sealed class NginxSubscriber : IAsyncDisposable
{
    private readonly DirectoryInfo _directory;
    private readonly Child _process;
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private readonly string _log;
    private long _asked;
    private long _read;

    private NginxSubscriber(DirectoryInfo directory, Child process, Uri address)
    {
        _directory = directory;
        _process = process;
        _log = Path.Combine(directory.FullName, "arrivals");
        Address = address;
    }

    public Uri Address { get; }

    public static async Task<NginxSubscriber> StartAsync()
    {
        var program = Tools.Need("nginx", "nginx-light");
        var port = FreePort.Find();
        var directory = Directory.CreateTempSubdirectory("siro-bench-subscriber-");
        var file = Path.Combine(directory.FullName, "nginx.conf");
        await File.WriteAllTextAsync(file, $$"""
            daemon off;
            worker_processes 1;
            pid {{directory.FullName}}/nginx.pid;
            error_log stderr error;
            events { worker_connections 4096; }
            http {
              log_format arrivals '$uri $http_webhook_id $http_siro_gateway_replay $msec';
              client_body_temp_path {{directory.FullName}}/body;
              proxy_temp_path {{directory.FullName}}/proxy;
              fastcgi_temp_path {{directory.FullName}}/fastcgi;
              uwsgi_temp_path {{directory.FullName}}/uwsgi;
              scgi_temp_path {{directory.FullName}}/scgi;
              keepalive_requests 100000000;
              keepalive_timeout 1h;
              server {
                listen 127.0.0.1:{{port}};
                access_log {{directory.FullName}}/arrivals arrivals buffer=64k flush=200ms;
                location = /status { stub_status; access_log off; }
                location / { return 200; }
              }
            }
            """);
        var process = Child.Start(program, ["-e", "stderr", "-p", directory.FullName, "-c", file]);
        await FreePort.UntilItAnswersAsync(port, "nginx");
        return new NginxSubscriber(directory, process, new Uri($"http://127.0.0.1:{port}"));
    }

    /// <summary>Requests taken since the start, without those that asked for this.</summary>
    public async Task<long> CountAsync()
    {
        // " accepts handled requests \n 1 1 12 \n": the third number of the third line.
        var status = await _client.GetStringAsync(new Uri(Address, "/status"));
        var numbers = status.Split('\n')[2].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return long.Parse(numbers[2], CultureInfo.InvariantCulture) - ++_asked;
    }

    /// <summary>What came since the last call; waits until <paramref name="count"/> have been written down.</summary>
    public async Task<IReadOnlyList<Arrival>> ArrivalsAsync(long count)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var i = 0; i < 100; i++)
        {
            await using var stream = new FileStream(_log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            stream.Seek(_read, SeekOrigin.Begin);
            using var reader = new StreamReader(stream);
            var text = await reader.ReadToEndAsync();
            var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            if (lines.Length >= count && text.EndsWith('\n'))
            {
                _read = stream.Length;
                return [.. lines.Select(Parse)];
            }

            await timer.WaitForNextTickAsync();
        }

        throw new BenchmarkException($"nginx has not written down {count} arrivals.");
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _process.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private static Arrival Parse(string line)
    {
        var words = line.Split(' ');
        var at = decimal.Parse(words[3], CultureInfo.InvariantCulture);
        return new Arrival(words[0], words[1], words[2] == "true", DateTimeOffset.UnixEpoch.AddTicks((long)(at * TimeSpan.TicksPerSecond)));
    }
}
