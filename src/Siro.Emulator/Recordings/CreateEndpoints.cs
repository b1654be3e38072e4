using System.Text.Json;
using Siro.Emulator.Hosting;
using Siro.Emulator.Storage;
using Siro.Emulator.Validation;

namespace Siro.Emulator.Recordings;

/// <summary>Step 3 of an upload, under whichever contract is served.</summary>
internal sealed class CreateEndpoints(EmulatorState state, StoredObjects objects, RecordingLife life, EmulatorOptions options)
{
    public void Map(RouteTable platform)
    {
        foreach (var path in CreateContract.All.Select(c => c.Path).Distinct(StringComparer.Ordinal))
        {
            platform.Add("POST", path, x => new(Create(x, path)));
        }
    }

    private static string? Text(JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) ? value.GetString() : null;

    private Answer Create(Exchange x, string path)
    {
        var served = CreateContract.All.Where(c => c.Path == path && options.Contracts.HasFlag(c.Kind)).ToArray();
        if (served.Length == 0)
        {
            return Answer.Unrouted;
        }

        if (!x.TryJson(out var body))
        {
            return Answer.Error(400, "Invalid JSON");
        }

        var contract = served.Length > 1 && body.ValueKind == JsonValueKind.Object
            ? served.FirstOrDefault(c => body.TryGetProperty(c.FileField, out _)) ?? served[0]
            : served[0];
        var issues = contract.Body.Check(body);
        if (issues.Count == 0)
        {
            CheckConnection(contract, body, issues);
        }

        if (options.ContractDrift.HasFlag(ContractDrift.RequiredField) && !body.TryGetProperty("region", out _))
        {
            issues.Add(new ZodIssue("invalid_type", ["region"], "Required") { Expected = "string", Received = "undefined" });
        }

        if (issues.Count > 0)
        {
            return ZodIssue.Refusal(issues);
        }

        if (objects.FindByDownloadUrl(Text(body, contract.FileField)!) is not { } upload || upload.OrganizationId != x.Organization.Id)
        {
            return Answer.Error(400, $"{contract.FileField} is not a download URL of signed-urls");
        }

        if (objects.Find(upload.Name) is null)
        {
            return Answer.Error(400, "No file was uploaded");
        }

        if (Text(body, "organizationId") is { } organizationId && organizationId != x.Organization.Id)
        {
            return Answer.Error(403, "Not a member of this organization");
        }

        var recording = Build(x, contract, body, upload);
        state.Recordings.Add(recording);
        x.Entry.AddEffect(recording.Id);
        life.Begin(recording);
        var status = options.ContractDrift.HasFlag(ContractDrift.ChangedStatus) ? 200 : 201;
        return contract.Kind == CreateContracts.FileUrl && !options.FileUrlAnswersId
            ? Answer.Of(status, new { data = new { recordingId = recording.Id } })
            : Answer.Of(status, new { data = new { id = recording.Id } });
    }

    private static void CheckConnection(CreateContract contract, JsonElement body, List<ZodIssue> issues)
    {
        var hasObjects = body.TryGetProperty("crmObjects", out var crmObjects) && crmObjects.GetArrayLength() > 0;
        var hasConnection = body.TryGetProperty("integrationConnectionId", out _);
        if (hasObjects && !hasConnection)
        {
            issues.Add(
                new ZodIssue("custom", ["integrationConnectionId"], "integrationConnectionId is required when crmObjects are provided"));
        }

        if (hasConnection && !hasObjects && contract.ConnectionNeedsObjects)
        {
            issues.Add(new ZodIssue("custom", ["crmObjects"], "crmObjects are required when integrationConnectionId is provided"));
        }
    }

    private Recording Build(Exchange x, CreateContract contract, JsonElement body, SignedUpload upload)
    {
        var now = Moment.Now(options.Time);
        var userId = Text(body, "userId");
        var email = Text(body, "userEmail");
        var phone = Text(body, "userPhone");
        var rep = x.Organization.Users.Resolve(userId, email, phone);
        var crmObjects = body.TryGetProperty("crmObjects", out var list)
            ? list.EnumerateArray().Select(o => (o.GetProperty("objectType").GetString()!, o.GetProperty("objectId").GetString()!))
                .ToArray()
            : [];
        return new Recording
        {
            Id = Identifiers.NewUuid(),
            OrganizationId = x.Organization.Id,
            UserId = rep?.Id,
            Title = Text(body, "title") ?? "",
            CreatedAt = Moment.TryParse(Text(body, "dateCreated"), out var at) ? Moment.Trim(at) : now,
            ReceivedAt = now,
            UpdatedAt = now,
            DurationInMilliseconds = objects.Find(upload.Name)!.Length / 8,
            Result = Text(body, "result"),
            ConversationType = Text(body, "conversationType"),
            Discoverable = body.TryGetProperty("discoverable", out var discoverable) ? discoverable.GetBoolean() : null,
            FileType = Text(body, "fileType")!,
            ObjectName = upload.Name,
            CustomerName = crmObjects.Length > 0 ? null : Text(body, contract.CustomerName),
            CustomerPhone = crmObjects.Length > 0 ? null : Text(body, contract.CustomerPhone),
            IntegrationConnectionId = Text(body, "integrationConnectionId"),
            CrmObjects = crmObjects,
            Contract = contract.Name,
            NeverProcessed = rep is not null ? null : (userId ?? email ?? phone) is null ? "no rep was given" : "the rep was not found",
        };
    }
}
