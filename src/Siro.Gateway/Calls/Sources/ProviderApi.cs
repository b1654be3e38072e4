using System.Text;
using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Outbound;

namespace Siro.Gateway.Calls.Sources;

/// <summary>A provider could not be asked now; worth another try later.</summary>
internal sealed class ProviderUnavailableException(string code, TimeSpan? retryAfter = null)
    : Exception("The provider can't be asked now: " + code)
{
    public string Code => code;

    public TimeSpan? RetryAfter => retryAfter;

    /// <summary>The same request may be answered later; false where the provider refused it as it is.</summary>
    public bool MayPass =>
        code is "provider_unreachable" or "provider_timeout" or "provider_408" or "provider_429"
            || code.StartsWith("provider_5", StringComparison.Ordinal);
}

/// <summary>Asks a provider's API, under the address guard and with the provider's credential, which goes to its own hosts alone.</summary>
internal sealed class ProviderApi(OutboundClient outbound, ISettings<CallsOptions> options, TimeProvider time)
{
    private const int MaxBytes = 4 * 1024 * 1024;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    /// <summary>The rules for every address of providers.</summary>
    public OutboundRules Rules => new("recording") { AllowedNetworks = OutboundRules.Networks(options.Current.AllowedNetworks) };

    /// <summary>
    /// The answer's JSON; null for 404 and for an answer that is no JSON. Throws <see cref="ProviderUnavailableException"/> for everything
    /// that may pass.
    /// </summary>
    public async Task<JsonElement?> GetAsync(CallSourceOptions source, Uri url, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Timeout);
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        Authorize(request, source);
        try
        {
            using var response = await outbound.SendAsync(request, Rules, timeout.Token);
            if (response.StatusCode == System.Net.HttpStatusCode.NotFound)
            {
                return null;
            }

            if (!response.IsSuccessStatusCode)
            {
                throw new ProviderUnavailableException($"provider_{(int)response.StatusCode}", Common.RetryAfter.Of(response, time));
            }

            await using var body = await DecodedContent.OpenAsync(response.Content, timeout.Token);
            using var json = new MemoryStream();
            var buffer = new byte[16 * 1024];
            int read;
            while ((read = await body.ReadAsync(buffer, timeout.Token)) > 0)
            {
                json.Write(buffer, 0, read);
                if (json.Length > MaxBytes)
                {
                    throw new ProviderUnavailableException("provider_answer_too_long");
                }
            }

            using var document = JsonDocument.Parse(json.GetBuffer().AsMemory(0, (int)json.Length));
            return document.RootElement.Clone();
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or UnsupportedEncodingException)
        {
            return null;
        }
        catch (AddressForbiddenException)
        {
            throw;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new ProviderUnavailableException("provider_unreachable");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ProviderUnavailableException("provider_timeout");
        }
    }

    /// <summary>
    /// Puts the credential on a request to one of the provider's own hosts; on no other, and over plain http only where the settings name
    /// the address with it or its port.
    /// </summary>
    public static void Authorize(HttpRequestMessage request, CallSourceOptions source)
    {
        var url = request.RequestUri!;
        if (source.Auth is not { Value: { } value } auth || !IsOwnHost(url, source))
        {
            return;
        }

        switch (auth.Type)
        {
            case "basic":
                request.Headers.TryAddWithoutValidation(
                    "Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{auth.Username}:{value.Reveal()}")));
                break;
            case "bearer":
                request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + value.Reveal());
                break;
            default:
                request.Headers.TryAddWithoutValidation(auth.Header!, value.Reveal());
                break;
        }
    }

    private static bool IsOwnHost(Uri url, CallSourceOptions source) =>
        source.Hosts.Any(h => Fits(h, url))
            || (Uri.TryCreate(source.ApiUrl, UriKind.Absolute, out var api) && api.Scheme == url.Scheme
            && string.Equals(api.Authority, url.Authority, StringComparison.OrdinalIgnoreCase))
        || (source.ApiUrl is null && url.Scheme == "https" && url.IsDefaultPort && url.Host == SourceRegistry.Of(source).ApiHost);

    /// <summary>
    /// Whether an entry of <c>Hosts</c> means this address: a name alone means https on its own port. Plain http, over which anybody on
    /// the way reads the credential, has to be named by its port.
    /// </summary>
    public static bool Fits(string host, Uri url) =>
        string.Equals(host, $"{url.Host}:{url.Port}", StringComparison.OrdinalIgnoreCase)
            || (url is { Scheme: "https", IsDefaultPort: true } && string.Equals(host, url.Host, StringComparison.OrdinalIgnoreCase));
}
