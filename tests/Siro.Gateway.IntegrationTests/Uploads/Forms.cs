using System.Net.Http.Headers;
using System.Text.Json;

namespace Siro.Gateway.IntegrationTests.Uploads;

/// <summary>Forms and their answers.</summary>
internal static class Forms
{
    /// <summary>A right form: a rep, a title, the file last.</summary>
    public static MultipartFormDataContent Of(
        byte[] file, string name = "call.wav", string? title = null, params (string Name, string Value)[] fields)
    {
        var form = new MultipartFormDataContent { { new StringContent("rep1@example.com"), "userEmail" } };
        if (title is not null)
        {
            form.Add(new StringContent(title), "title");
        }

        foreach (var (field, value) in fields)
        {
            form.Add(new StringContent(value), field);
        }

        form.Add(new ByteArrayContent(file), "file", name);
        return form;
    }

    public static HttpRequestMessage Request(HttpContent form, string? key = null, bool early = false)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/uploads") { Content = form };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        if (early)
        {
            request.Headers.Add("Prefer", "respond-async");
        }

        return request;
    }

    public static async Task<(HttpResponseMessage Response, JsonElement Body)> UploadAsync(
        this HttpClient client, HttpContent form, string? key = null, bool early = false)
    {
        using var request = Request(form, key, early);
        var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return (response, await BodyAsync(response));
    }

    public static async Task<JsonElement> BodyAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        using var document = JsonDocument.Parse(text.Length == 0 ? "null" : text);
        return document.RootElement.Clone();
    }

    public static async Task<JsonElement> GetJsonAsync(this HttpClient client, string path)
    {
        using var response = await client.GetAsync(path, TestContext.Current.CancellationToken);
        return await BodyAsync(response);
    }

    public static string Text(this JsonElement element, string member) => element.GetProperty(member).GetString()!;

    public static string? Header(this HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;

    /// <summary>A part with headers of the test's own.</summary>
    public static ByteArrayContent Part(byte[] bytes, string? mediaType = null)
    {
        var part = new ByteArrayContent(bytes);
        part.Headers.ContentType = mediaType is null ? null : MediaTypeHeaderValue.Parse(mediaType);
        return part;
    }
}
