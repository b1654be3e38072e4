using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Siro.Emulator;
using Siro.Gateway.Common;
using Siro.Gateway.Credentials;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.IntegrationTests.Credentials;

/// <summary>One replica of the gateway in the test's process, asked through its Siro client. Budget is never short in it.</summary>
internal sealed class Replica : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly EmulatorHost _emulator;

    private Replica(WebApplication app, EmulatorHost emulator, LogLines log)
    {
        _app = app;
        _emulator = emulator;
        Log = log;
    }

    /// <summary>Everything it logged, at every level.</summary>
    public LogLines Log { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<Replica> StartAsync(
        EmulatorHost emulator, string redis, Action<Dictionary<string, string?>>? settings = null, CredentialTimings? timings = null,
        Action<IServiceCollection>? services = null,
        Action<IConfigurationBuilder>? configure = null)
    {
        var values = GatewaySettings.For(emulator, redis);
        values["Store:Durability"] = "relaxed";
        values["Logging:LogLevel:Default"] = "Trace";
        values["Logging:LogLevel:Microsoft.AspNetCore"] = "Information";
        settings?.Invoke(values);
        var log = new LogLines();
        var app = GatewayHost.Build([], builder =>
        {
            builder.Configuration.AddInMemoryCollection(values);
            configure?.Invoke(builder.Configuration);
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Trace);
            builder.Services.Replace(ServiceDescriptor.Singleton<IBudget, EndlessBudget>());
            builder.Services.Replace(ServiceDescriptor.Singleton(timings ?? TestTimings.Credentials));
            services?.Invoke(builder.Services);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new Replica(app, emulator, log);
    }

    public Task<HttpResponseMessage> GetAsync(string path = "v1/core/recordings", string? user = null) =>
        SendAsync(HttpMethod.Get, path, user);

    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, string? user = null, HttpContent? content = null, SiroHost host = SiroHost.Platform) =>
        await Services.GetRequiredService<SiroClient>()
            .SendAsync(Request(method, user, host), method, path, content, TestContext.Current.CancellationToken);

    /// <summary>The status of a call, or the code of the gateway's own refusal.</summary>
    public async Task<string> StatusAsync(HttpMethod method, string path = "v1/core/recordings", string? user = null)
    {
        try
        {
            using var response = await SendAsync(method, path, user);
            return ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (ProblemException e)
        {
            return e.Problem.Code;
        }
    }

    /// <summary>The credential that such a call would take.</summary>
    public ValueTask<SiroCredential> CredentialAsync(HttpMethod? method = null, string? user = null) =>
        Services.GetRequiredService<ISiroCredentials>().GetAsync(
            Request(method ?? HttpMethod.Get, user, SiroHost.Platform), TestContext.Current.CancellationToken);

    public SiroRequest Request(HttpMethod method, string? user, SiroHost host) => new()
    {
        Organization = new OrganizationKey("acme"),
        Host = host,
        Client = new ClientName("test"),
        ActingUser = new UserId(user ?? _emulator.Default.UserId),
        Scope = method == HttpMethod.Get ? TokenScope.Read : TokenScope.Write,
        Operation = "test",
        Idempotent = method == HttpMethod.Get,
    };

    /// <summary>Sets a value, as a changed file would.</summary>
    public void Change(string key, string? value)
    {
        _app.Configuration[key] = value;
        ((IConfigurationRoot)_app.Configuration).Reload();
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private sealed class EndlessBudget : IBudget
    {
        public ValueTask<IBudgetSlot> AcquireAsync(SiroRequest request, SiroCredential credential, CancellationToken cancellationToken) =>
            new(new Slot());

        private sealed class Slot : IBudgetSlot
        {
            public void Answered()
            {
            }

            public void NotSent()
            {
            }

            public void Throttled(TimeSpan? retryAfter)
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}

/// <summary>Keeps every log line, with its state and exception, for searching.</summary>
internal sealed class LogLines : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _lines = new();

    public string Text => string.Join('\n', _lines);

    public ILogger CreateLogger(string categoryName) => new Logger(_lines, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(ConcurrentQueue<string> lines, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var values = state is IEnumerable<KeyValuePair<string, object?>> pairs
                ? string.Join(' ', pairs.Select(p => $"{p.Key}={p.Value}"))
                : "";
            lines.Enqueue($"{logLevel} {category} {eventId.Id} {formatter(state, exception)} {values} {exception}");
        }
    }
}
