using System.Globalization;
using CrmWriter.Inbox;
using Siro.Gateway.Client;
using Siro.Gateway.Client.Receiving;
using Siro.Gateway.Client.Uploads;
using StackExchange.Redis;

namespace CrmWriter;

/// <summary>The gateway's three jobs in one application.</summary>
internal static class Endpoints
{
    public static void MapCrmWriter(this WebApplication app)
    {
        app.MapGet("/health", () => "ok");

        // Job 1, a call of Siro's own API: the gateway adds the credential.
        app.MapGet("/reps", async (SiroGatewayClient gateway, CancellationToken cancellationToken) =>
        {
            var page = await gateway.External.GetAsync("/v1/core/users?limit=25", SampleJson.Default.SiroUsers, cancellationToken);
            return Results.Ok(page.Data);
        });

        // The CRM's appointment goes to Siro, so that a recording of its rep and time is linked to it.
        app.MapPut("/appointments/{id}", async (
            string id, string rep, string repId, DateTimeOffset startsAt, SiroGatewayClient gateway, CancellationToken cancellationToken) =>
        {
            var appointment = new Appointment(id, $"Appointment {id}", startsAt, startsAt.AddHours(1), [new(repId, rep)]);
            await foreach (var result in gateway.Sync.EngagementsAsync(
                One(appointment), SampleJson.Default.Appointment, cancellationToken: cancellationToken))
            {
                return result.Status == "synced"
                    ? Results.NoContent()
                    : Results.Problem(string.Join(' ', result.Issues.Select(i => i.Message)), statusCode: 422);
            }

            return Results.Problem("The gateway answered without a result.");
        });

        // Job 2, a recording in one call. The key makes a repeat harmless, the caller's as well as the client's own.
        app.MapPost("/calls/{callId}/recording", async (
            string callId,
            string rep,
            DateTimeOffset startedAt,
            HttpRequest request,
            SiroGatewayClient gateway,
            CancellationToken cancellationToken) =>
        {
            var file = Path.GetTempFileName();
            try
            {
                await using (var audio = File.Create(file))
                {
                    await request.Body.CopyToAsync(audio, cancellationToken);
                }

                await using var stream = File.OpenRead(file);
                var metadata = new UploadMetadata { UserEmail = rep, Title = $"Call {callId}", DateCreated = startedAt };
                var upload = await gateway.Uploads.UploadAsync(
                    stream, callId, metadata, new UploadOptions { IdempotencyKey = callId }, cancellationToken);
                return Results.Ok(new UploadedCall(upload.RecordingId, upload.Status, upload.IsReplayed));
            }
            catch (SiroGatewayException e)
            {
                return Results.Problem(e.Message, statusCode: (int)e.Status, title: e.Code);
            }
            finally
            {
                File.Delete(file);
            }
        });

        // Job 3, events. What the handler queues and the memory of the event are one transaction: both happen, or neither.
        app.MapSiroEvents("/siro", (delivery, cancellationToken) =>
        {
            if (delivery.Event is RecordingReady { RecordingId: { } recording } ready)
            {
                var work = delivery.Services.GetRequiredService<RedisWork>();
                _ = work.Transaction.HashSetAsync($"crm:recording:{recording}", "rep", ready.State.UserId);
                _ = work.Transaction.HashIncrementAsync($"crm:recording:{recording}", "written");
            }

            return Task.CompletedTask;
        });

        app.MapGet("/recordings/{id}", async (string id, IConnectionMultiplexer redis) =>
            await redis.GetDatabase().HashGetAsync($"crm:recording:{id}", "written") is { HasValue: true } written
                ? Results.Ok(new WrittenRecording(id, int.Parse((string)written!, CultureInfo.InvariantCulture)))
                : Results.NotFound());
    }

    private static async IAsyncEnumerable<T> One<T>(T item)
    {
        yield return item;
        await Task.CompletedTask;
    }
}
