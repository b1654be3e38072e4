using System.Text.Json.Nodes;
using Siro.Gateway.Common;
using Siro.Gateway.Uploads.Audio;
using Siro.Gateway.Uploads.Metadata;

namespace Siro.Gateway.Uploads.Steps;

/// <summary>Something that the caller should know although the upload went well.</summary>
internal sealed record UploadWarning(string Code, string Message);

/// <summary>The body of step 3 in one contract's words.</summary>
internal static class CreateBody
{
    /// <summary>The body; what the contract can't carry is left out and noted in <paramref name="warnings"/>.</summary>
    public static JsonObject Build(
        UploadContract contract, UploadMetadata metadata, AudioFormat format, Secret downloadUrl, List<UploadWarning> warnings)
    {
        var body = new JsonObject { [contract.FileField] = downloadUrl.Reveal(), ["fileType"] = format.Name() };
        var leavesOut = contract.LeavesOut.ToHashSet(StringComparer.Ordinal);
        if (contract.ConnectionNeedsCrmObjects && metadata.CrmObjects is null)
        {
            if (metadata.IntegrationConnectionId is not null)
            {
                warnings.Add(new UploadWarning("connection_left_out",
                    "Siro takes integrationConnectionId only together with crmObjects; it was left out."));
            }

            metadata = metadata with { IntegrationConnectionId = null };
        }

        void Put(string field, JsonNode? value)
        {
            if (value is null)
            {
                return;
            }

            if (leavesOut.Contains(field))
            {
                warnings.Add(
                    new UploadWarning("field_left_out", $"Siro's contract '{contract.Name}' has no field {field}; it was left out."));
                return;
            }

            body[field] = value;
        }

        Put("title", metadata.Title);
        Put("userId", metadata.UserId);
        Put("userEmail", metadata.UserEmail);
        Put("userPhone", metadata.UserPhone);
        Put("organizationId", metadata.OrganizationId);
        Put("conversationType", metadata.ConversationType);
        Put("integrationConnectionId", metadata.IntegrationConnectionId);
        Put("crmObjects", metadata.CrmObjects is { } objects
            ? new JsonArray([.. objects.Select(o => new JsonObject { ["objectType"] = o.ObjectType, ["objectId"] = o.ObjectId })])
            : null);
        Put(contract.CustomerNameField, metadata.CustomerName);
        Put(contract.CustomerPhoneField, metadata.CustomerPhone);
        Put("dateCreated", metadata.DateCreated is { } created ? Iso8601.Text(created) : null);
        Put("discoverable", metadata.Discoverable is { } discoverable ? JsonValue.Create(discoverable) : null);
        Put("result", metadata.Result);
        return body;
    }

    /// <summary>What Siro does without a word, known from the metadata alone.</summary>
    public static IEnumerable<UploadWarning> Silent(UploadMetadata metadata)
    {
        if (metadata.CrmObjects is null)
        {
            yield break;
        }

        yield return new UploadWarning("crm_objects_unverified",
            "Siro links only CRM objects (crmObjects) that it knows already, from a sync before; others it leaves unlinked and says "
            + "nothing.");
        if (metadata.CustomerName is not null || metadata.CustomerPhone is not null)
        {
            yield return new UploadWarning("customer_ignored", "Siro ignores the customer's name and phone where crmObjects are given.");
        }
    }
}
