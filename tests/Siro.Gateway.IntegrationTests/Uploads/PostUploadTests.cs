using System.Net;
using Siro.Emulator.Hosting;

namespace Siro.Gateway.IntegrationTests.Uploads;

public sealed class PostUploadTests(UploadsFixture gateway) : IClassFixture<UploadsFixture>
{
    [Theory]
    [InlineData("mp3")]
    [InlineData("wav")]
    [InlineData("aac")]
    public async Task A_real_recording_reaches_the_storage_byte_for_byte_and_becomes_a_recording(string type)
    {
        using var client = gateway.CreateClient();
        var call = Recordings.Call(type);
        var since = gateway.Emulator.Journal.Last;

        var (response, body) = await client.UploadAsync(Forms.Of(call, "call." + type, "A call in " + type));

        Assert.True(response.StatusCode == HttpStatusCode.Created, body + "\n" + string.Join("\n", gateway.Gateway.Log.TakeLast(12)));
        Assert.Equal("created", body.Text("status"));
        Assert.Equal(Recordings.Sha256(call), body.Text("sha256"));
        Assert.Equal(call.Length, body.GetProperty("bytes").GetInt64());
        Assert.Equal(type, body.Text("fileType"));
        Assert.Equal("/v1/uploads/" + body.Text("id"), response.Headers.Location?.OriginalString);
        var recording = gateway.Emulator.State.Recordings.Find(body.Text("recordingId"))!;
        Assert.Equal("A call in " + type, recording.Title);
        Assert.Equal(call, gateway.Emulator.Objects.Find(recording.ObjectName!)!.ReadAllBytes());
        var put = Assert.Single(gateway.Emulator.Journal.Read(since, SiroHost.Storage));
        Assert.Equal(call.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), put.Header("Content-Length"));
        Assert.Null(put.Header("Transfer-Encoding"));
        Assert.Equal("0," + call.Length, put.Header("x-goog-content-length-range"));
        Assert.All(gateway.Emulator.Journal.Read(since, SiroHost.Platform), e => Assert.Equal(gateway.Emulator.Default.UserId, e.UserId));
    }

    [Fact]
    public async Task The_apis_description_shows_the_form()
    {
        using var client = gateway.CreateClient();

        var post = (await client.GetJsonAsync("/openapi/v1.json")).GetProperty("paths").GetProperty("/v1/uploads").GetProperty("post");

        var form = post.GetProperty("requestBody").GetProperty("content").GetProperty("multipart/form-data").GetProperty("schema").GetProperty("properties");
        Assert.Equal("binary", form.GetProperty("file").Text("format"));
        Assert.True(form.TryGetProperty("crmObjects", out _));
        Assert.True(post.GetProperty("responses").TryGetProperty("201", out _));
    }

    [Fact]
    public async Task Nobody_to_act_for_is_said_before_the_file_is_read()
    {
        await using var without = await gateway.StartInProcessAsync(null, ("Siro:Organizations:acme:DefaultUserId", null));
        using var client = without.CreateClient();

        var (response, body) = await client.UploadAsync(Forms.Of(Recordings.Wav(5000)));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("acting_user_missing", body.Text("code"));
    }
}
