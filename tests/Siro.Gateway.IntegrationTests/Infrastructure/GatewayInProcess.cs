using System.Collections.Concurrent;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Siro.Gateway.Common;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>
/// A gateway in the test's own process, on a real Kestrel and a port of the system's choice. Its configuration can be changed while it
/// runs.
/// </summary>
public sealed class GatewayInProcess : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly LiveSettings _settings;
    private readonly LogLines _log;

    private GatewayInProcess(WebApplication app, LiveSettings settings, LogLines log)
    {
        _app = app;
        _settings = settings;
        _log = log;
        Address = new Uri(app.Urls.First());
    }

    public Uri Address { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>What it logged, at most the last 20,000 lines: <c>level category message</c>.</summary>
    public IReadOnlyList<string> Log => _log.Lines;

    /// <summary>Starts it; throws <c>InvalidConfigurationException</c> where the settings are not right.</summary>
    /// <param name="customize">May replace the clock, the chance, or anything else.</param>
    public static async Task<GatewayInProcess> StartAsync(
        IDictionary<string, string?> settings, Action<WebApplicationBuilder>? customize = null, Action<WebApplication>? map = null)
    {
        var live = new LiveSettings(settings);
        var log = new LogLines();
        var app = GatewayHost.Build([], builder =>
        {
            ((IConfigurationBuilder)builder.Configuration).Add(live);
            builder.Logging.ClearProviders().AddProvider(log);
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Services.Replace(ServiceDescriptor.Singleton(TestTimings.Credentials));
            customize?.Invoke(builder);
        });
        map?.Invoke(app);
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        return new GatewayInProcess(app, live, log);
    }

    /// <summary>A client that sends this API key with every request (none for null), keeps no cookies and follows no redirects.</summary>
    public HttpClient CreateClient(string? apiKey = GatewaySettings.AdminKey) => ClientOf(Address, apiKey);

    /// <summary>
    /// Changes the configuration as an edited gateway.json would; null removes the key. In force (or refused) when it returns.
    /// </summary>
    public void Change(params (string Key, string? Value)[] changes) => _settings.Change(changes);

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }

    internal static HttpClient ClientOf(Uri address, string? apiKey)
    {
        var client = new HttpClient(HttpSockets.Create())
        {
            BaseAddress = address,
            Timeout = TimeSpan.FromSeconds(60),
        };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("tests", "1.0"));
        if (apiKey is not null)
        {
            client.DefaultRequestHeaders.Add("X-Api-Key", apiKey);
        }

        return client;
    }

    private sealed class LiveSettings(IDictionary<string, string?> settings) : ConfigurationProvider, IConfigurationSource
    {
        public IConfigurationProvider Build(IConfigurationBuilder builder)
        {
            Data = new Dictionary<string, string?>(settings, StringComparer.OrdinalIgnoreCase);
            return this;
        }

        public void Change((string Key, string? Value)[] changes)
        {
            foreach (var (key, value) in changes)
            {
                if (value is null)
                {
                    Data.Remove(key);
                }
                else
                {
                    Data[key] = value;
                }
            }

            OnReload();
        }
    }

    private sealed class LogLines : ILoggerProvider
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyList<string> Lines => [.. _lines];

        public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

        public void Dispose()
        {
        }

        private sealed class Category(LogLines log, string name) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

            public void Log<TState>(
                LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                log._lines.Enqueue(
                    $"{logLevel} {name}[{eventId.Id}] {formatter(state, exception)}{(exception is null ? "" : " " + exception)}");
                while (log._lines.Count > 20_000)
                {
                    log._lines.TryDequeue(out _);
                }
            }
        }
    }
}
