using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Siro.Emulator.Hosting;

/// <summary>An answer that is decided but not yet sent: a fault may still swallow it.</summary>
internal sealed class Answer
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new MomentConverter() },
    };

    public required int Status { get; init; }

    public ReadOnlyMemory<byte> Body { get; init; }

    public string? ContentType { get; init; }

    public (string Name, string Value)[] Headers { get; init; } = [];

    /// <summary>Writes a long body itself, in place of <see cref="Body"/>.</summary>
    public Func<HttpContext, Task>? Write { get; init; }

    public static Answer Ok(object value) => Of(200, value);

    public static Answer Of(int status, object value) =>
        new() { Status = status, Body = JsonSerializer.SerializeToUtf8Bytes(value, Json), ContentType = "application/json; charset=utf-8" };

    public static Answer Error(int status, string message) => Of(status, new { error = message });

    public static Answer Text(int status, string contentType, string text) =>
        new() { Status = status, Body = Encoding.UTF8.GetBytes(text), ContentType = contentType };

    public static Answer Empty(int status) => new() { Status = status };

    /// <summary>What Siro's API gateway says to a path that it does not route.</summary>
    public static readonly Answer Unrouted = Of(404, new { code = 404, message = "The current request is not defined by this API." });

    public async Task SendAsync(HttpContext http)
    {
        http.Response.StatusCode = Status;
        foreach (var (name, value) in Headers)
        {
            http.Response.Headers[name] = value;
        }

        if (ContentType is not null)
        {
            http.Response.ContentType = ContentType;
        }

        if (Write is not null)
        {
            await Write(http);
            return;
        }

        if (Status is not (204 or 304))
        {
            http.Response.ContentLength = Body.Length;
        }

        if (!Body.IsEmpty && !HttpMethods.IsHead(http.Request.Method))
        {
            await http.Response.Body.WriteAsync(Body, http.RequestAborted);
        }
    }

    private sealed class MomentConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Moment.Text(value));
    }
}
