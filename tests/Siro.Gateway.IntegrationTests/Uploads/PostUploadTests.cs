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
    public async Task An_mp3_with_bytes_in_front_of_its_first_frame_is_passed_on_unchanged_and_said_so()
    {
        using var client = gateway.CreateClient();
        var call = Recordings.Call("mp3");
        var tag = 10 + ((call[6] << 21) | (call[7] << 14) | (call[8] << 7) | call[9]);
        byte[] split = [.. call[..tag], .. Enumerable.Repeat((byte)0x55, 1500), .. call[tag..]];

        var (response, body) = await client.UploadAsync(Forms.Of(split, "call.mp3"));

        Assert.True(response.StatusCode == HttpStatusCode.Created, body.ToString());
        var warning = Assert.Single(body.GetProperty("warnings").EnumerateArray(), w => w.Text("code") == "leading_bytes_skipped");
        Assert.Contains("1500 bytes", warning.Text("message"), StringComparison.Ordinal);
        Assert.Equal(split,
            gateway.Emulator.Objects.Find(gateway.Emulator.State.Recordings.Find(body.Text("recordingId"))!.ObjectName!)!.ReadAllBytes());
        var upload = await client.GetJsonAsync("/v1/uploads/" + body.Text("id"));
        Assert.Contains(upload.GetProperty("warnings").EnumerateArray(), w => w.Text("code") == "leading_bytes_skipped");
    }

    [Theory]
    [InlineData("filename=\"M\u00FCller 12.wav\"", "M\uFFFDller 12.wav")]
    [InlineData("filename=\"12%22 pipe.wav\"", "12\" pipe.wav")]
    [InlineData("filename=\"12\\\" pipe.wav\"", "12\" pipe.wav")]
    [InlineData("filename=\"100%25 C:\\calls.wav\"", "100%25 C:\\calls.wav")]
    [InlineData("filename=\"caf\u00E9.wav\"", "caf\uFFFD.wav")]
    [InlineData("filename=M\u00FCller.wav", "M_ller.wav")]
    [InlineData("filename=\"\u00C3\u00BC.wav\"", "\u00FC.wav")]
    [InlineData("filename=\"x.wav\"; filename*=UTF-8''M%C3%BCller.wav", "M\u00FCller.wav")]
    public async Task A_file_name_of_an_old_dialer_is_kept_as_far_as_it_can_be_read(string parameter, string name)
    {
        // Each character is a byte on the wire: Latin-1, but for the last two, which are right.
        var audio = Recordings.Wav(5000);
        byte[] form =
        [
            .. RawCaller.Part("userEmail", "rep1@example.com"),
            .. System.Text.Encoding.Latin1.GetBytes(
                $"--{RawCaller.Boundary}\r\nContent-Disposition: form-data; name=\"file\"; {parameter}\r\n\r\n"), .. audio, .. "\r\n"u8,
            .. RawCaller.End,
        ];
        await using var caller = await RawCaller.ConnectAsync(gateway.Gateway.Address);
        await caller.SendHeadAsync(form.Length);
        await caller.SendAsync(form);

        var (status, body, _) = await caller.AnswerAsync();

        Assert.True(status == 201, body.ToString());
        using var client = gateway.CreateClient();
        Assert.Equal(name, (await client.GetJsonAsync("/v1/uploads/" + body.Text("id"))).Text("fileName"));
    }

    [Fact]
    public async Task The_apis_description_shows_the_form()
    {
        using var client = gateway.CreateClient();

        var post = (await client.GetJsonAsync("/openapi/v1.json")).GetProperty("paths").GetProperty("/v1/uploads").GetProperty("post");

        var form = post.GetProperty("requestBody").GetProperty("content").GetProperty("multipart/form-data").GetProperty("schema")
            .GetProperty("properties");
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
