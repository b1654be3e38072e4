using System.Text;
using Microsoft.Extensions.Time.Testing;
using Siro.Gateway.Uploads.Audio;
using Siro.Gateway.Uploads.Metadata;

namespace Siro.Gateway.Tests.Uploads;

public sealed class MetadataReaderTests
{
    private readonly MetadataReader _reader = new(new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero)));

    [Fact]
    public void All_fields_are_taken_under_siros_names()
    {
        foreach (var (name, value) in new[]
        {
            ("title", "Roof quote"), ("userId", "u1"), ("userEmail", "rep@example.com"), ("userNumber", "+1 (801) 555-0100"),
            ("organizationId", "o1"),
            ("conversationType", "c1"), ("integrationConnectionId", "i1"),
            ("crmObjects", """[{"objectType":"Opportunity","objectId":"006"}]"""),
            ("contactName", "Ann"), ("customerPhone", "8015550199"), ("dateCreated", "2026-03-01T11:00:00+01:00"), ("discoverable", "true"),
            ("result", "in progress"),
            ("fileType", "mp3"), ("fileSize", "123"),
        })
        {
            _reader.Add(name, value);
        }

        var (metadata, errors) = _reader.Finish();

        Assert.Empty(errors);
        Assert.Equal(
            new UploadMetadata
            {
                Title = "Roof quote",
                UserId = "u1",
                UserEmail = "rep@example.com",
                UserPhone = "+1 (801) 555-0100",
                OrganizationId = "o1",
                ConversationType = "c1",
                IntegrationConnectionId = "i1",
                CustomerName = "Ann",
                CustomerPhone = "8015550199",
                DateCreated = new DateTimeOffset(2026, 3, 1, 10, 0, 0, TimeSpan.Zero),
                Discoverable = true,
                Result = "in progress",
            },
            metadata with { CrmObjects = null });
        Assert.Equal([new CrmObject("Opportunity", "006")], metadata.CrmObjects!);
        Assert.Equal((123L, AudioFormat.Mp3), (_reader.FileSize, _reader.FileType));
    }

    [Fact]
    public void One_json_part_says_the_same_as_the_fields()
    {
        _reader.AddJson(Encoding.UTF8.GetBytes(
            """{"userId":"u1","title":"T","crmObjects":[{"objectType":"Lead","objectId":"l"}],"integrationConnectionId":"i","discoverable":false,"fileSize":9,"result":null}"""));
        var fields = new MetadataReader(TimeProvider.System);
        foreach (var (name, value) in new[] { ("title", "T"), ("discoverable", "false"), ("integrationConnectionId", "i"),
            ("crmObjects", """[{"objectId":"l","objectType":"Lead"}]"""), ("userId", "u1"), ("result", " ") })
        {
            fields.Add(name, value);
        }

        Assert.Empty(_reader.Finish().Errors);
        Assert.Equal(fields.Finish().Metadata.Canonical(), _reader.Finish().Metadata.Canonical());
        Assert.Equal(9, _reader.FileSize);
    }

    [Theory]
    [InlineData("title", "two\nlines", "invalid_text")]
    [InlineData("title", "bad \uFFFD bytes", "invalid_text")]
    [InlineData("userEmail", "nobody", "invalid_email")]
    [InlineData("userEmail", "Rep <rep@example.com>", "invalid_email")]
    [InlineData("userPhone", "call me", "invalid_phone")]
    [InlineData("customerPhone", "--", "invalid_phone")]
    [InlineData("dateCreated", "yesterday", "invalid_date")]
    [InlineData("dateCreated", "2026-02-30T10:00:00Z", "invalid_date")]
    [InlineData("dateCreated", "2026-03-01", "invalid_date")]
    [InlineData("dateCreated", "2026-03-01T10:00:00", "invalid_date")]
    [InlineData("dateCreated", "1772359200", "invalid_date")]
    [InlineData("dateCreated", "2026-03-01T12:06:00Z", "date_in_future")]
    [InlineData("discoverable", "yes", "invalid_value")]
    [InlineData("result", "Closed", "invalid_value")]
    [InlineData("result", "won", "invalid_value")]
    [InlineData("fileType", "m4a", "invalid_value")]
    [InlineData("fileSize", "-1", "invalid_value")]
    [InlineData("fileSize", "0", "invalid_value")]
    [InlineData("crmObjects", "Opportunity", "invalid_json")]
    [InlineData("crmObjects", "{}", "invalid_value")]
    [InlineData("crmObjects", "[1]", "invalid_value")]
    [InlineData("crmObjects", """[{"objectType":"Deal","objectId":"1"}]""", "invalid_value")]
    [InlineData("crmObjects", """[{"objectType":"Lead","objectId":""}]""", "invalid_value")]
    [InlineData("crmObjects", """[{"objectType":"Lead"}]""", "required")]
    [InlineData("crmObjects", """[{"objectType":"Lead","objectId":"1","name":"x"}]""", "unknown_field")]
    [InlineData("downloadUrl", "https://example.com/x.mp3", "unknown_field")]
    [InlineData("fileUrl", "", "unknown_field")]
    [InlineData("__proto__", "x", "unknown_field")]
    public void A_wrong_field_is_named_with_a_stable_code(string field, string value, string code)
    {
        _reader.Add("userId", "u1");
        _reader.Add("integrationConnectionId", "i1");
        _reader.Add(field, value);

        var error = Assert.Single(_reader.Finish().Errors);
        Assert.StartsWith(field, error.Field, StringComparison.Ordinal);
        Assert.Equal(code, error.Code);
    }

    [Fact]
    public void All_errors_come_at_once()
    {
        _reader.Add("result", "won");
        _reader.Add("dateCreated", "2030-01-01T00:00:00Z");
        _reader.Add("crmObjects", """[{"objectType":"Deal","objectId":"1"}]""");
        _reader.Add("colour", "blue");

        Assert.Equal(
            ["colour unknown_field", "crmObjects[0].objectType invalid_value", "dateCreated date_in_future",
                "integrationConnectionId required", "result invalid_value", "userId required"],
            _reader.Finish().Errors.Select(e => $"{e.Field} {e.Code}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_same_field_twice_under_two_names_is_a_error()
    {
        _reader.Add("userPhone", "8015550100");
        _reader.Add("userNumber", "8015550101");

        Assert.Equal("duplicate_field", Assert.Single(_reader.Finish().Errors).Code);
    }

    [Theory]
    [InlineData("{", "invalid_json")]
    [InlineData("[]", "invalid_json")]
    [InlineData("""{"title":1}""", "invalid_type")]
    [InlineData("""{"titel":1}""", "unknown_field")]
    [InlineData("""{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":{"i":1}}}}}}}}}""", "invalid_json")]
    public void A_wrong_metadata_part_is_named(string json, string code)
    {
        _reader.Add("userId", "u1");
        _reader.AddJson(Encoding.UTF8.GetBytes(json));

        Assert.Equal(code, Assert.Single(_reader.Finish().Errors).Code);
    }

    [Theory]
    [InlineData("""{"userId":"u1","title":"\ud800"}""")]
    [InlineData("""{"userId":"u1","ti\ud800":"x"}""")]
    [InlineData("{\"userId\":\"u1\",\"title\":\"\u00ff\"}")]
    [InlineData("""{"userId":"u1","integrationConnectionId":"i","crmObjects":[{"objectType":"Lead","objectId":"\udc00"}]}""")]
    public void A_metadata_part_with_text_that_is_none_is_refused_and_not_thrown_at(string json)
    {
        _reader.Add("userId", "u1");
        _reader.AddJson(Encoding.Latin1.GetBytes(json));

        Assert.Equal("metadata invalid_text", Assert.Single(_reader.Finish().Errors.Select(e => $"{e.Field} {e.Code}")));
    }

    [Fact]
    public void CRM_objects_with_half_a_surrogate_pair_are_refused_and_not_thrown_at()
    {
        _reader.Add("userId", "u1");
        _reader.Add("integrationConnectionId", "i");
        _reader.Add("crmObjects", """[{"objectType":"Lead","objectId":"\ud800"}]""");

        Assert.Equal("crmObjects invalid_text", Assert.Single(_reader.Finish().Errors.Select(e => $"{e.Field} {e.Code}")));
    }

    [Fact]
    public void Equal_metadata_has_one_fingerprint_and_another_owner_another()
    {
        var local = new UploadMetadata { UserId = "u", DateCreated = new DateTimeOffset(2026, 3, 1, 11, 0, 0, TimeSpan.FromHours(1)) };
        var utc = new UploadMetadata { UserId = "u", DateCreated = new DateTimeOffset(2026, 3, 1, 10, 0, 0, TimeSpan.Zero) };

        Assert.Equal(local.Fingerprint("acme", "me"), utc.Fingerprint("acme", "me"));
        Assert.NotEqual(utc.Fingerprint("acme", "me"), utc.Fingerprint("acme", "you"));
        Assert.NotEqual(utc.Fingerprint("acme", "me"), (utc with { Title = "x" }).Fingerprint("acme", "me"));
    }
}
