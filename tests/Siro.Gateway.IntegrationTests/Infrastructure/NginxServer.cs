using System.Net.Sockets;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>nginx in front of a gateway, with kept connections and with bodies passed on as they arrive.</summary>
public sealed class NginxServer : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory;
    private readonly ProcessHandle _process;

    private NginxServer(TemporaryDirectory directory, ProcessHandle process, int port)
    {
        _directory = directory;
        _process = process;
        Address = new Uri($"http://127.0.0.1:{port}");
    }

    /// <summary>Why nginx can't be used here, or null. Use with <c>Assert.SkipWhen</c>.</summary>
    public static string? Missing { get; } = Find() is null
        ? "nginx is not installed: 'apt-get install nginx-light' (Debian, Ubuntu) or 'brew install nginx'"
        : null;

    public Uri Address { get; }

    public static async Task<NginxServer> StartAsync(Uri gateway)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (directory, port) = (new TemporaryDirectory(), FreePort.Take(1)[0]);
            var file = Path.Combine(directory.Path, "nginx.conf");
            await File.WriteAllTextAsync(file, Configuration(directory.Path, port, gateway));
            var process = ProcessHandle.Start(Find()!, ["-e", "stderr", "-p", directory.Path, "-c", file]);
            if (await ListensAsync(process, port))
            {
                return new NginxServer(directory, process, port);
            }

            var output = string.Join('\n', process.Output);
            await process.DisposeAsync();
            directory.Dispose();
            Assert.True(attempt < 4, $"nginx did not start in four attempts: {output}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _directory.Dispose();
    }

    // One process: what is killed is all of it.
    private static string Configuration(string directory, int port, Uri gateway) => $$"""
        daemon off;
        master_process off;
        pid {{directory}}/nginx.pid;
        error_log stderr crit;
        events { worker_connections 2048; }
        http {
          access_log off;
          client_body_temp_path {{directory}}/body;
          proxy_temp_path {{directory}}/proxy;
          fastcgi_temp_path {{directory}}/fastcgi;
          uwsgi_temp_path {{directory}}/uwsgi;
          scgi_temp_path {{directory}}/scgi;
          client_max_body_size 0;
          upstream gateway { server {{gateway.Authority}}; keepalive 16; }
          server {
            listen 127.0.0.1:{{port}};
            location / {
              proxy_pass http://gateway;
              proxy_http_version 1.1;
              proxy_request_buffering off;
              proxy_set_header Connection "";
              proxy_set_header Host $http_host;
            }
          }
        }
        """;

    private static async Task<bool> ListensAsync(ProcessHandle process, int port)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!process.HasExited && !limit.IsCancellationRequested)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync("127.0.0.1", port, limit.Token);
                return true;
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }

        return false;
    }

    private static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Concat(["/usr/sbin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"])
        .Select(d => Path.Combine(d, "nginx"))
        .FirstOrDefault(File.Exists);
}
