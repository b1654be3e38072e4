using System.Text.Json.Serialization;

namespace CrmWriter;

internal sealed record SiroUsers(SiroUserInfo[] Data);

internal sealed record SiroUserInfo(string Id, string? Email, string? FirstName, string? LastName);

internal sealed record Appointment(
    string ExternalId, string Subject, DateTimeOffset StartTime, DateTimeOffset EndTime, AppointmentRep[] EngagementUsers);

internal sealed record AppointmentRep(string ExternalId, string Email);

internal sealed record UploadedCall(string? RecordingId, string Status, bool Repeated);

/// <param name="Written">How often the CRM was told about it: 1, however often the event came.</param>
internal sealed record WrittenRecording(string Id, int Written);

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SiroUsers))]
[JsonSerializable(typeof(SiroUserInfo[]))]
[JsonSerializable(typeof(Appointment))]
[JsonSerializable(typeof(UploadedCall))]
[JsonSerializable(typeof(WrittenRecording))]
[JsonSerializable(typeof(Microsoft.AspNetCore.Mvc.ProblemDetails))]
internal sealed partial class SampleJson : JsonSerializerContext;
