using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Access.Tokens;

/// <summary>
/// Reads the provider's metadata and keys: at the first token, then every hour in the background, and when a token names a key that is not
/// known.
/// The last is limited to once per <see cref="AuthenticationOptions.KeyRefreshInterval"/>; a caller with a new key waits for that moment
/// and is not refused, so that a rotation costs a valid caller a few seconds at worst. What was read once stays in use while the provider
/// is away.
/// The framework's schemes know it as their configuration manager; IdentityModel's own waits for nobody at a rotation and blocks at the
/// first token.
/// </summary>
internal sealed partial class IdentityProvider(
    ISettings<AuthenticationOptions> settings, TimeProvider time, ILogger<IdentityProvider> logger)
    : BaseConfigurationManager, IConfigurationManager<OpenIdConnectConfiguration>, IDisposable
{
    private const int MaxDocumentBytes = 1024 * 1024;
    private const int MaxWaiting = 4096;
    private static readonly TimeSpan GoodFor = TimeSpan.FromHours(1);
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http =
        new(HttpSockets.Create(static handler => handler.ConnectTimeout = TimeSpan.FromSeconds(5)))
    {
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = MaxDocumentBytes,
    };

    private readonly Lock _gate = new();
    private volatile ProviderKeys? _current;
    private Reading? _reading;
    private readonly long _began = time.GetTimestamp();
    private TimeSpan _nextAllowed = TimeSpan.Zero;
    private int _waiting;
    private volatile bool _lastReadFailed;

    /// <summary>It passes however the clock is set: a step back keeps no caller with a new key waiting until it is made up for.</summary>
    private TimeSpan Now => time.GetElapsedTime(_began);

    /// <summary>The last reading ended in an error; what was known before stays in use.</summary>
    public bool LastReadFailed => _lastReadFailed;

    /// <summary>
    /// The keys in use under the present settings, without waiting for any; they are renewed in the background when they are old.
    /// </summary>
    public ProviderKeys? Known
    {
        get
        {
            var options = settings.Current;
            if (_current is not { } current || current.Rules != options.Rules)
            {
                return null;
            }

            if (Now - current.ReadAt > GoodFor)
            {
                Begin(options);
            }

            return current;
        }
    }

    public void Dispose() => _http.Dispose();

    public async Task<OpenIdConnectConfiguration> GetConfigurationAsync(CancellationToken cancel) =>
        (await CurrentAsync(cancel))?.Metadata
            ?? throw new InvalidOperationException("The identity provider's metadata could not be read.");

    public override async Task<BaseConfiguration> GetBaseConfigurationAsync(CancellationToken cancel) =>
        await GetConfigurationAsync(cancel);

    public override void RequestRefresh() => Begin(settings.Current);

    /// <summary>The keys in use; null when none could be read since the start.</summary>
    public async ValueTask<ProviderKeys?> CurrentAsync(CancellationToken cancellationToken) =>
        Known ?? await JoinAsync(Begin(settings.Current), cancellationToken);

    /// <summary>Keys that were read after this moment; the old ones when the provider can't be reached.</summary>
    public async ValueTask<ProviderKeys?> RefreshedAsync(ProviderKeys seen, CancellationToken cancellationToken)
    {
        if (_current is { } current && current.Fingerprint != seen.Fingerprint)
        {
            return current;
        }

        var reading = Begin(settings.Current);
        var hadBegun = reading.Fetching;
        var keys = await JoinAsync(reading, cancellationToken);

        // A reading that was under way may have been answered before the provider had the new key.
        return hadBegun && keys?.Fingerprint == seen.Fingerprint ? await JoinAsync(Begin(settings.Current), cancellationToken) : keys;
    }

    private async Task<ProviderKeys?> JoinAsync(Reading reading, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > MaxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            return _current;
        }

        try
        {
            return await reading.Done.WaitAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private Reading Begin(AuthenticationOptions options)
    {
        lock (_gate)
        {
            if (_reading is { Done.IsCompleted: false } running && running.Options.Rules == options.Rules)
            {
                return running;
            }

            var now = Now;
            var wait = _current is { } known && known.Rules == options.Rules || _reading is { } last && last.Options.Rules == options.Rules
                ? _nextAllowed - now
                : TimeSpan.Zero;
            wait = wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
            _nextAllowed = now + wait + options.KeyRefreshInterval;
            var reading = new Reading(options);
            reading.Done = ReadAsync(reading, wait);
            return _reading = reading;
        }
    }

    private async Task<ProviderKeys?> ReadAsync(Reading reading, TimeSpan wait)
    {
        await Task.Yield();
        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, time);
        }

        reading.Fetching = true;
        try
        {
            using var limit = new CancellationTokenSource(ReadTimeout, time);
            var keys = await FetchAsync(reading.Options, limit.Token);
            if (_current?.Fingerprint != keys.Fingerprint)
            {
                Log.KeysChanged(logger, keys.All.Length);
            }

            _lastReadFailed = false;
            _current = keys;
            return keys;
        }
        catch (Exception e)
            when (e is HttpRequestException or OperationCanceledException or ArgumentException or IOException or InvalidDataException
            or InvalidOperationException or JsonException or FormatException)
        {
            _lastReadFailed = true;
            Log.ReadFailed(logger, e);
            return _current is { } old && old.Rules == reading.Options.Rules ? old : null;
        }
    }

    private async Task<ProviderKeys> FetchAsync(AuthenticationOptions options, CancellationToken cancellationToken)
    {
        var authority = options.Authority ?? throw new InvalidOperationException("No identity provider is configured.");
        var documents = new HttpDocumentRetriever(
            _http) { RequireHttps = !authority.StartsWith("http:", StringComparison.OrdinalIgnoreCase) };
        var metadata = await OpenIdConnectConfigurationRetriever.GetAsync(
            authority + "/.well-known/openid-configuration", documents, cancellationToken);
        if (string.IsNullOrEmpty(metadata.Issuer))
        {
            throw new InvalidDataException("The provider's metadata names no issuer.");
        }

        if (metadata.JsonWebKeySet is null)
        {
            throw new InvalidDataException("The provider's metadata names no address of its keys.");
        }

        return new ProviderKeys(options.Rules, Issuers(options, metadata.Issuer), metadata, Now);
    }

    /// <summary>
    /// Entra signs v1 tokens of the same tenant with the same keys under another issuer (Microsoft's access token reference, "iss").
    /// </summary>
    private static string[] Issuers(AuthenticationOptions options, string issuer)
    {
        var azure = options.AzureAd;
        if (!azure.IsOn)
        {
            return [issuer];
        }

        // Where it speaks for many tenants, its metadata's issuer has a place for the tenant's id.
        if (azure.IsMultiTenant)
        {
            return [.. azure.AllowedTenants.Select(t => t.ToLowerInvariant())
                .SelectMany(t => new[] { issuer.Replace("{tenantid}", t, StringComparison.OrdinalIgnoreCase), V1(t) })];
        }

        return TenantIdInIssuer().Match(issuer) is { Success: true, Value: var tenant } ? [issuer, V1(tenant)] : [issuer];

        string V1(string tenant) =>
            azure.Instance.Contains("chinacloudapi", StringComparison.OrdinalIgnoreCase)
                || azure.Instance.Contains("partner.microsoftonline.cn", StringComparison.OrdinalIgnoreCase)
                ? $"https://sts.chinacloudapi.cn/{tenant}/"
                : $"https://sts.windows.net/{tenant}/";
    }

    [GeneratedRegex("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", RegexOptions.None, matchTimeoutMilliseconds: 100)]
    private static partial Regex TenantIdInIssuer();

    private sealed class Reading(AuthenticationOptions options)
    {
        private volatile bool _fetching;

        public AuthenticationOptions Options => options;

        public bool Fetching
        {
            get => _fetching;
            set => _fetching = value;
        }

        public Task<ProviderKeys?> Done { get; set; } = Task.FromResult<ProviderKeys?>(null);
    }

    private static partial class Log
    {
        [LoggerMessage(1610, LogLevel.Information, "The identity provider's signing keys were read and have changed; there are {Count}")]
        public static partial void KeysChanged(ILogger logger, int count);

        [LoggerMessage(1611, LogLevel.Warning, "The identity provider's signing keys could not be read; those known stay in use")]
        public static partial void ReadFailed(ILogger logger, Exception exception);
    }
}
