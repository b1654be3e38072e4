namespace Siro.Gateway.Benchmarks.Hosting;

/// <summary>nginx as a plain reverse proxy with kept connections, two workers, no log.</summary>
internal sealed class Nginx : IAsyncDisposable
{
    private readonly DirectoryInfo _directory;

    private Nginx(DirectoryInfo directory, Child process, Uri address)
    {
        _directory = directory;
        Process = process;
        Address = address;
    }

    public Child Process { get; }

    public Uri Address { get; }

    /// <summary>Null where nginx is not installed.</summary>
    public static async Task<Nginx?> StartAsync(Uri upstream)
    {
        if (Tools.Find("nginx") is not { } program)
        {
            return null;
        }

        var port = FreePort.Find();
        var directory = Directory.CreateTempSubdirectory("siro-bench-nginx-");
        var file = Path.Combine(directory.FullName, "nginx.conf");
        await File.WriteAllTextAsync(file, $$"""
            daemon off;
            worker_processes 2;
            pid {{directory.FullName}}/nginx.pid;
            error_log stderr error;
            events { worker_connections 4096; }
            http {
              access_log off;
              client_body_temp_path {{directory.FullName}}/body;
              proxy_temp_path {{directory.FullName}}/proxy;
              fastcgi_temp_path {{directory.FullName}}/fastcgi;
              uwsgi_temp_path {{directory.FullName}}/uwsgi;
              scgi_temp_path {{directory.FullName}}/scgi;
              keepalive_requests 100000000;
              upstream siro { server {{upstream.Authority}}; keepalive 256; keepalive_requests 100000000; }
              server {
                listen 127.0.0.1:{{port}};
                location / {
                  proxy_pass http://siro;
                  proxy_http_version 1.1;
                  proxy_set_header Connection "";
                }
              }
            }
            """);
        var process = Child.Start(program, ["-e", "stderr", "-p", directory.FullName, "-c", file]);
        await FreePort.UntilItAnswersAsync(port, "nginx");
        return new Nginx(directory, process, new Uri($"http://127.0.0.1:{port}"));
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        _directory.Delete(recursive: true);
    }
}
