using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Siro.Emulator;

namespace Siro.Gateway.IntegrationTests.Emulator;

/// <summary>Calls the emulator the way Siro's documents say, without the gateway.</summary>
internal sealed class EmulatorCaller(EmulatorHost siro) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    public Task<HttpResponseMessage> External(HttpMethod method, string path, object? body = null, string? token = null) =>
        Send(method, new Uri(siro.External, path), body, r =>
            r.Headers.TryAddWithoutValidation("Authorization", "Bearer " + (token ?? siro.Default.Token)));

    public Task<HttpResponseMessage> Platform(HttpMethod method, string path, string token, object? body = null) =>
        Send(method, new Uri(siro.Platform, path), body, r => r.Headers.Add("x-siro-auth-token", token));

    public Task<HttpResponseMessage> Internal(HttpMethod method, string path, string token) =>
        Send(method, new Uri(siro.Internal, path), null, r => r.Headers.Add("x-siro-auth-token", token));

    public async Task<string> Mint(string scope, string? userId = null)
    {
        using var response = await External(HttpMethod.Post, $"v1/core/oauth/apps/{siro.Default.ClientId}/access-token",
            new { clientSecret = siro.Default.ClientSecret, userId = userId ?? siro.Default.UserId, scope });
        Assert.Equal(201, (int)response.StatusCode);
        return (await Json(response)).GetProperty("accessToken").GetString()!;
    }

    public async Task<JsonElement> SignedUrl(string token, string fileType, long fileSize)
    {
        using var response = await Platform(HttpMethod.Post, "v1/core/recordings/signed-urls", token, new { fileType, fileSize });
        Assert.Equal(200, (int)response.StatusCode);
        return (await Json(response)).GetProperty("data");
    }

    public async Task<HttpResponseMessage> Put(JsonElement signed, HttpContent content, Action<HttpRequestMessage>? bend = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, signed.GetProperty("uploadUrl").GetString()) { Content = content };
        foreach (var header in signed.GetProperty("uploadHeaders").EnumerateObject())
        {
            if (!request.Headers.TryAddWithoutValidation(header.Name, header.Value.GetString()))
            {
                content.Headers.TryAddWithoutValidation(header.Name, header.Value.GetString());
            }
        }

        bend?.Invoke(request);
        return await _http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Steps 1 and 2; answers the download URL.</summary>
    public async Task<string> Store(string token, byte[] bytes, string fileType = "mp3")
    {
        var signed = await SignedUrl(token, fileType, bytes.Length);
        using var put = await Put(signed, new ByteArrayContent(bytes));
        Assert.Equal(200, (int)put.StatusCode);
        return signed.GetProperty("downloadUrl").GetString()!;
    }

    public async Task<HttpResponseMessage> Send(HttpMethod method, Uri url, object? body, Action<HttpRequestMessage> credential)
    {
        using var request = new HttpRequestMessage(method, url);
        request.Headers.UserAgent.ParseAdd("tests/1.0");
        credential(request);
        request.Content = body switch
        {
            null => null,
            string text => new StringContent(text, Encoding.UTF8, "application/json"),
            _ => JsonContent.Create(body),
        };
        return await _http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public static async Task<JsonElement> Json(HttpResponseMessage response) =>
        await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);

    public void Dispose() => _http.Dispose();
}
