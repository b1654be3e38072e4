using System.Net;
using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Uploads;
using Siro.Gateway.Uploads.Audio;
using Siro.Gateway.Uploads.Metadata;
using Siro.Gateway.Uploads.Steps;

namespace Siro.Gateway.Tests.Uploads;

public sealed class ContractTests
{
    private static readonly UploadMetadata Full = new()
    {
        Title = "T",
        UserId = "u",
        UserEmail = "e@example.com",
        UserPhone = "123",
        OrganizationId = "o",
        ConversationType = "c",
        IntegrationConnectionId = "i",
        CrmObjects = [new CrmObject("Lead", "l")],
        CustomerName = "Ann",
        CustomerPhone = "456",
        DateCreated = new DateTimeOffset(2026, 3, 1, 11, 0, 0, TimeSpan.FromHours(1)),
        Discoverable = false,
        Result = "closed",
    };

    [Theory]
    [InlineData("file-url",
        """{"fileUrl":"https://d","fileType":"mp3","title":"T","userId":"u","userEmail":"e@example.com","userPhone":"123","organizationId":"o","conversationType":"c","integrationConnectionId":"i","crmObjects":[{"objectType":"Lead","objectId":"l"}],"contactName":"Ann","contactPhone":"456","dateCreated":"2026-03-01T10:00:00.000Z","discoverable":false,"result":"closed"}""", "crm_objects_unverified customer_ignored")]
    [InlineData("download-url",
        """{"downloadUrl":"https://d","fileType":"mp3","title":"T","userId":"u","userEmail":"e@example.com","userPhone":"123","organizationId":"o","conversationType":"c","integrationConnectionId":"i","crmObjects":[{"objectType":"Lead","objectId":"l"}],"customerName":"Ann","customerPhone":"456","dateCreated":"2026-03-01T10:00:00.000Z"}""", "crm_objects_unverified customer_ignored field_left_out field_left_out")]
    [InlineData("v2",
        """{"fileUrl":"https://d","fileType":"mp3","title":"T","userId":"u","userEmail":"e@example.com","userPhone":"123","organizationId":"o","conversationType":"c","integrationConnectionId":"i","crmObjects":[{"objectType":"Lead","objectId":"l"}],"customerName":"Ann","customerPhone":"456","dateCreated":"2026-03-01T10:00:00.000Z","discoverable":false,"result":"closed"}""", "crm_objects_unverified customer_ignored")]
    public void Each_contract_gets_the_same_facts_in_its_own_words(string contract, string body, string warnings)
    {
        List<UploadWarning> given = [.. CreateBody.Silent(Full)];

        var built = CreateBody.Build(Known(contract), Full, AudioFormat.Mp3, new Secret("https://d"), given);

        Assert.Equal(body, built.ToJsonString());
        Assert.Equal(warnings, string.Join(' ', given.Select(w => w.Code)));
    }

    [Theory]
    [InlineData("file-url", false)]
    [InlineData("download-url", true)]
    [InlineData("v2", true)]
    public void The_connection_alone_is_sent_where_the_contract_takes_it(string contract, bool sent)
    {
        List<UploadWarning> warnings = [];

        var body = CreateBody.Build(Known(contract), new UploadMetadata { UserId = "u", IntegrationConnectionId = "i" }, AudioFormat.Wav,
            new Secret("https://d"), warnings);

        Assert.Equal(sent, body.ContainsKey("integrationConnectionId"));
        Assert.Equal(sent ? [] : ["connection_left_out"], warnings.Select(w => w.Code));
    }

    [Theory]
    [InlineData(404, """{"code":404,"message":"The current request is not defined by this API."}""", true)]
    [InlineData(404, """{"error":"Not found"}""", false)]
    [InlineData(422, """{"issues":[{"code":"invalid_type","path":["fileUrl"],"message":"Required"}],"name":"ZodError"}""", true)]
    [InlineData(422,
        """{"issues":[{"code":"unrecognized_keys","keys":["downloadUrl"],"path":[],"message":"Unrecognized"}],"name":"ZodError"}""", true)]
    [InlineData(422, """{"issues":[{"code":"invalid_type","path":["body","fileUrl"],"message":"Required"}],"name":"ZodError"}""", true)]
    [InlineData(422,
        """{"issues":[{"code":"custom","path":["userId"],"message":"?"},{"code":"unrecognized_keys","keys":["contactName"],"path":[]}],"name":"ZodError"}""", true)]
    [InlineData(422, """{"issues":[{"code":"invalid_enum_value","path":["result"],"message":"?"}],"name":"ZodError"}""", false)]
    [InlineData(422, """{"issues":"?"}""", false)]
    [InlineData(422, "[]", false)]
    [InlineData(400, """{"error":"fileUrl is wrong"}""", false)]
    [InlineData(500, """{"error":"oops"}""", false)]
    public void Only_a_refusal_of_the_contract_itself_moves_on_to_the_next(int status, string body, bool movesOn)
    {
        using var json = JsonDocument.Parse(body);

        Assert.Equal(
            movesOn, ContractRefusal.Is(new StepAnswer((HttpStatusCode)status, json.RootElement, null, false), UploadContract.Known));
    }

    [Theory]
    [InlineData("""{"data":{"recordingId":"r"}}""", "r")]
    [InlineData("""{"recordingId":"r"}""", "r")]
    [InlineData("""{"data":null,"recordingId":"r"}""", null)]
    [InlineData("""["r"]""", null)]
    public void A_recordings_id_is_found_with_and_without_the_envelope(string body, string? id)
    {
        using var json = JsonDocument.Parse(body);

        Assert.Equal(id, new StepAnswer(HttpStatusCode.Created, json.RootElement, null, false).Data("recordingId"));
    }

    [Fact]
    public void What_siro_does_not_know_is_the_callers_error_and_what_it_does_not_serve_is_not()
    {
        using var unknown = JsonDocument.Parse("""{"error":"User not found"}""");
        using var undefined = JsonDocument.Parse("""{"code":404,"message":"The current request is not defined by this API."}""");

        Assert.Equal((422, "siro_rejected"), Refusal(unknown));
        Assert.Equal((502, "siro_answer_invalid"), Refusal(undefined));

        static (int, string) Refusal(JsonDocument body)
        {
            var failure = new StepAnswer(HttpStatusCode.NotFound, body.RootElement, null, false).Failure("the recording");
            return (failure.Status, failure.Code);
        }
    }

    [Fact]
    public void A_configured_contract_can_be_a_known_one_by_name_or_a_new_one()
    {
        var options =
            new UploadsOptions { Contracts = [new UploadContract { Name = "v2" },
            new UploadContract { Name = "new", Path = "/v3/recordings", FileField = "file", CustomerNameField = "name",
            CustomerPhoneField = "phone" }] };

        Assert.Equal(["/v2/core/recordings", "/v3/recordings"], options.EffectiveContracts.Select(c => c.Path));
        var errors = new ValidationErrors();
        new UploadContract { Name = "unknown" }.Check("Uploads:Contracts:0", errors);
        Assert.Equal(["Uploads:Contracts:0:Path", "Uploads:Contracts:0:FileField", "Uploads:Contracts:0:CustomerNameField",
            "Uploads:Contracts:0:CustomerPhoneField"], errors.All.Select(m => m.Path));
    }

    private static UploadContract Known(string name) => UploadContract.Known.Single(c => c.Name == name);
}
