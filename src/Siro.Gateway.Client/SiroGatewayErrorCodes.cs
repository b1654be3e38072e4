namespace Siro.Gateway.Client;

/// <summary>
/// The codes of <see cref="SiroGatewayException.Code"/>, as the gateway's documentation of errors lists them. New ones may come with a
/// new version of the gateway.
/// </summary>
public static class SiroGatewayErrorCodes
{
    /// <summary>The host needs a user: no <c>Siro-User</c>, and no default of the client or the organization. Status 400.</summary>
    public const string ActingUserMissing = "acting_user_missing";

    /// <summary>No such backfill, or finished more than a week ago. Status 404.</summary>
    public const string BackfillNotFound = "backfill_not_found";

    /// <summary>The request or its body could not be read. Status 400.</summary>
    public const string BadRequest = "bad_request";

    /// <summary>Signed by no key of the identity provider's. Status 400 or 401.</summary>
    public const string BadSignature = "bad_signature";

    /// <summary>More than <c>Proxy:MaxBodyBytes</c>, or than the operation takes. Status 413.</summary>
    public const string BodyTooLarge = "body_too_large";

    /// <summary>A bearer token and an API key. Status 401.</summary>
    public const string BothCredentials = "both_credentials";

    /// <summary>The client's share of Siro's limit is used up for longer than <c>Budget:MaxWait</c>. Status 429.</summary>
    public const string BudgetExhausted = "budget_exhausted";

    /// <summary>The replica stopped before the bytes were at the storage; send it again. Status 503.</summary>
    public const string BytesExpired = "bytes_expired";

    /// <summary>No such call, or another client's. Status 404.</summary>
    public const string CallNotFound = "call_not_found";

    /// <summary><c>GET /v1/operations?client=</c> names none. Status 404.</summary>
    public const string ClientNotFound = "client_not_found";

    /// <summary>Siro shows them only to members and admins. Status 403.</summary>
    public const string ConversationTypesForbidden = "conversation_types_forbidden";

    /// <summary>A request by session without the header <c>Siro-Console: 1</c>. Status 403.</summary>
    public const string CrossSiteRequest = "cross_site_request";

    /// <summary>No such delivery, or retention has removed it. Status 404.</summary>
    public const string DeliveryNotFound = "delivery_not_found";

    /// <summary>The delivery is due or being sent anyway. Status 409.</summary>
    public const string DeliveryUnderway = "delivery_underway";

    /// <summary>The bytes that arrived are not those of <c>Content-Digest</c>. Status 422.</summary>
    public const string DigestMismatch = "digest_mismatch";

    /// <summary><c>Authorization</c> or <c>X-Api-Key</c> twice. Status 401.</summary>
    public const string DuplicateAuthorization = "duplicate_authorization";

    /// <summary><c>Siro-Organization</c>, <c>Siro-User</c>, <c>Idempotency-Key</c> or <c>Prefer</c> twice. Status 400.</summary>
    public const string DuplicateHeader = "duplicate_header";

    /// <summary>Several engagements have that CRM id. Status 409.</summary>
    public const string EngagementAmbiguous = "engagement_ambiguous";

    /// <summary>Siro does not know it, or the acting user may not see it. Status 404.</summary>
    public const string EngagementNotFound = "engagement_not_found";

    /// <summary>The subscription has changed since <c>If-Match</c>'s ETag. Status 412.</summary>
    public const string EtagMismatch = "etag_mismatch";

    /// <summary>No such event, or retention has removed it. Status 404.</summary>
    public const string EventNotFound = "event_not_found";

    /// <summary>More than <c>Uploads:MaxBytes</c>, as soon as that is known. Status 413.</summary>
    public const string FileTooLarge = "file_too_large";

    /// <summary>The path has no access rule. Status 403.</summary>
    public const string Forbidden = "forbidden";

    /// <summary>The key was used for another file, other metadata, another acting user or organization. Status 422.</summary>
    public const string IdempotencyMismatch = "idempotency_mismatch";

    /// <summary>The provider's keys could not be read since the start. Status 503.</summary>
    public const string IdentityProviderUnavailable = "identity_provider_unavailable";

    /// <summary>The call is being worked on just now; with Retry-After. Status 409.</summary>
    public const string InProgress = "in_progress";

    /// <summary>A bug in the gateway: the trace id finds it in the log. Status 500.</summary>
    public const string InternalError = "internal_error";

    /// <summary><c>errors</c> names each error. Status 422.</summary>
    public const string InvalidCall = "invalid_call";

    /// <summary>The acknowledged cursor is none that a page gave. Status 422.</summary>
    public const string InvalidCursor = "invalid_cursor";

    /// <summary><c>Content-Digest</c> is not <c>sha-256=:base64:</c> or <c>sha-512=:base64:</c>. Status 400.</summary>
    public const string InvalidDigest = "invalid_digest";

    /// <summary>A header that is passed on to Siro is not ASCII; <c>errors</c> names it. Status 400.</summary>
    public const string InvalidHeader = "invalid_header";

    /// <summary><c>Idempotency-Key</c> is not 1 to 255 visible ASCII characters. Status 400.</summary>
    public const string InvalidIdempotencyKey = "invalid_idempotency_key";

    /// <summary>The body is no JSON object. Status 400.</summary>
    public const string InvalidJson = "invalid_json";

    /// <summary><c>errors</c> names each broken rule of deep links by parameter. Status 422.</summary>
    public const string InvalidLink = "invalid_link";

    /// <summary><c>errors</c> names each error. Status 422.</summary>
    public const string InvalidMetadata = "invalid_metadata";

    /// <summary>
    /// The body could not be read: no or another boundary, cut off, a part without a name, headers or fields beyond their limits. Status
    /// 400.
    /// </summary>
    public const string InvalidMultipart = "invalid_multipart";

    /// <summary>A proven notification of an unknown shape. Status 422.</summary>
    public const string InvalidNotification = "invalid_notification";

    /// <summary>A request target that two servers could read in two ways. Status 400.</summary>
    public const string InvalidPath = "invalid_path";

    /// <summary>A query value is not what it should be; <c>errors</c> names it. Status 400.</summary>
    public const string InvalidQuery = "invalid_query";

    /// <summary>A backfill's dates can't be read. Status 422.</summary>
    public const string InvalidRange = "invalid_range";

    /// <summary>The replay's filter is invalid; see <c>errors</c>. Status 422.</summary>
    public const string InvalidReplay = "invalid_replay";

    /// <summary><c>errors</c> names each error. Status 422.</summary>
    public const string InvalidSubscription = "invalid_subscription";

    /// <summary>
    /// No signed JWT, an algorithm that is not taken (<c>none</c>, HMAC), no <c>exp</c>, a <c>crit</c> header. Status 401.
    /// </summary>
    public const string InvalidToken = "invalid_token";

    /// <summary>More than <c>Sync:MaxItems</c> items, or a line beyond <c>Sync:MaxItemBytes</c>. Status 413.</summary>
    public const string ItemTooLarge = "item_too_large";

    /// <summary>There is no such path, method, content type. Status 404, 405, 415.</summary>
    public const string MethodNotAllowed = "method_not_allowed";

    /// <summary>
    /// A webhook without the three <c>svix-*</c> (or <c>webhook-*</c>) headers, or with a malformed id or timestamp. Status 400.
    /// </summary>
    public const string MissingHeaders = "missing_headers";

    /// <summary><c>POST /v1/events/test</c> where the gateway talks to Siro itself. Status 409.</summary>
    public const string NotASandbox = "not_a_sandbox";

    /// <summary>The file is none of MP3, AAC (ADTS, ADIF), WAV by its bytes; the detail says what it looks like. Status 415.</summary>
    public const string NotAudio = "not_audio";

    /// <summary>The call's status does not allow it. Status 409.</summary>
    public const string NotChangeable = "not_changeable";

    /// <summary>There is no such path, method, content type. Status 404, 405, 415.</summary>
    public const string NotFound = "not_found";

    /// <summary>Siro has not linked a recording to the engagement; with Retry-After. Status 404.</summary>
    public const string NotLinkedYet = "not_linked_yet";

    /// <summary>The upload is created, goes on by itself, or has no bytes any more. Status 409.</summary>
    public const string NotRetryable = "not_retryable";

    /// <summary>The host needs user tokens, and <c>Siro:Organizations:{org}:OAuth</c> is not configured. Status 503.</summary>
    public const string OauthAppMissing = "oauth_app_missing";

    /// <summary><c>Siro-Organization</c> names another organization than the client's. Status 403.</summary>
    public const string OrganizationForbidden = "organization_forbidden";

    /// <summary>Set <c>Siro:Organizations:{org}:OrganizationId</c>. Status 503.</summary>
    public const string OrganizationIdUnknown = "organization_id_unknown";

    /// <summary>The organization is not in the configuration any more. Status 503.</summary>
    public const string OrganizationMissing = "organization_missing";

    /// <summary>The client works on several: send <c>Siro-Organization</c>. Status 400.</summary>
    public const string OrganizationRequired = "organization_required";

    /// <summary>The member <c>permission</c> names the word that the client lacks. Status 403.</summary>
    public const string PermissionMissing = "permission_missing";

    /// <summary>The operation is for the other kind. Status 409.</summary>
    public const string PullSubscription = "pull_subscription";

    /// <summary>The operation is for the other kind. Status 409.</summary>
    public const string PushSubscription = "push_subscription";

    /// <summary>The subscription stands in gateway.json. Status 409.</summary>
    public const string ReadOnly = "read_only";

    /// <summary>Siro has deleted the data of this old recording; it does not come back. Status 410.</summary>
    public const string RecordingPurged = "recording_purged";

    /// <summary>Siro does not know it, or the acting user may not see it. Status 404.</summary>
    public const string RecordingNotFound = "recording_not_found";

    /// <summary>A replay that is over can't be paused or cancelled. Status 409.</summary>
    public const string ReplayEnded = "replay_ended";

    /// <summary>No such replay of the subscription, or it ended more than a day ago. Status 404.</summary>
    public const string ReplayNotFound = "replay_not_found";

    /// <summary>The request's body arrived too slowly, or stopped arriving. Status 408.</summary>
    public const string RequestTimeout = "request_timeout";

    /// <summary>The organization's users are still being read. Status 503.</summary>
    public const string RosterUnavailable = "roster_unavailable";

    /// <summary>The console's session has ended, or its client or key is no more. Status 401.</summary>
    public const string SessionExpired = "session_expired";

    /// <summary><c>GET /v1/session</c> with a credential instead of a session. Status 404.</summary>
    public const string SessionNotFound = "session_not_found";

    /// <summary>Siro's answer lacks a documented field. Status 502.</summary>
    public const string SiroAnswerInvalid = "siro_answer_invalid";

    /// <summary>The gateway's credential, its User-Agent, or Siro itself. Status 502.</summary>
    public const string SiroAnswerUnreadable = "siro_answer_unreadable";

    /// <summary>
    /// The request was sent, but the connection broke or the answer is no HTTP: Siro may have done it (<c>mayHaveBeenDone</c>). Status 502.
    /// </summary>
    public const string SiroBrokenAnswer = "siro_broken_answer";

    /// <summary>The CDN in front of Siro refused the User-Agent (its code 1010): set <c>Siro:UserAgent</c>. Status 502.</summary>
    public const string SiroCdnRefused = "siro_cdn_refused";

    /// <summary>Siro serves none of <c>Uploads:Contracts</c>. Status 502.</summary>
    public const string SiroContractUnknown = "siro_contract_unknown";

    /// <summary>The gateway's credential, its User-Agent, or Siro itself. Status 502.</summary>
    public const string SiroError = "siro_error";

    /// <summary>Siro does not let the acting user do this. Status 403 or 403, 404.</summary>
    public const string SiroForbidden = "siro_forbidden";

    /// <summary>Siro's own answer to the gateway's request. Status 403, 404.</summary>
    public const string SiroNotFound = "siro_not_found";

    /// <summary>Siro refused the content; <c>issues</c> or <c>siroError</c> are its own words. Status 422.</summary>
    public const string SiroRejected = "siro_rejected";

    /// <summary>Siro's limit is reached. Status 429.</summary>
    public const string SiroThrottled = "siro_throttled";

    /// <summary>Nothing moved for <c>Proxy:ActivityTimeout</c>, or the call took longer than <c>Proxy:Timeout</c>. Status 504.</summary>
    public const string SiroTimeout = "siro_timeout";

    /// <summary>No user token could be had. Status 503.</summary>
    public const string SiroTokenUnavailable = "siro_token_unavailable";

    /// <summary>Siro refused the user token; its CDN refused the User-Agent. Status 502.</summary>
    public const string SiroUnauthorized = "siro_unauthorized";

    /// <summary>Siro has failed so often that the gateway gives it a pause. Status 503.</summary>
    public const string SiroUnavailable = "siro_unavailable";

    /// <summary>No connection could be made; nothing was sent. Status 502.</summary>
    public const string SiroUnreachable = "siro_unreachable";

    /// <summary>No such source that is notified. Status 404.</summary>
    public const string SourceNotFound = "source_not_found";

    /// <summary>The disk gave back other bytes; the stored upload can't be decrypted with the configured keys. Status 500.</summary>
    public const string SpoolDamaged = "spool_damaged";

    /// <summary>The replica holds as many files or bytes as it may, or the client three quarters of the files. Status 503.</summary>
    public const string SpoolFull = "spool_full";

    /// <summary>Signed more than <c>Webhooks:Tolerance</c> ago or ahead. Status 400.</summary>
    public const string StaleTimestamp = "stale_timestamp";

    /// <summary>
    /// The signed URL points to a host that is none of <c>Uploads:StorageHosts</c>, to a private address, or is not https. Status 502.
    /// </summary>
    public const string StorageForbidden = "storage_forbidden";

    /// <summary>The storage refused the file under several signed URLs. Status 502.</summary>
    public const string StorageRefused = "storage_refused";

    /// <summary>Siro or its storage did not take it for <c>Uploads:RetryFor</c>; no recording was made. Status 503.</summary>
    public const string StorageUnavailable = "storage_unavailable";

    /// <summary>The store did not answer or did not confirm; send it again. Status 503.</summary>
    public const string StoreUnavailable = "store_unavailable";

    /// <summary>Enable it before replaying or reading. Status 409.</summary>
    public const string SubscriptionDisabled = "subscription_disabled";

    /// <summary>No such subscription, or another client's. Status 404.</summary>
    public const string SubscriptionNotFound = "subscription_not_found";

    /// <summary>Outside of its lifetime by more than two minutes. Status 401.</summary>
    public const string TokenExpired = "token_expired";

    /// <summary>Outside of its lifetime by more than two minutes. Status 401.</summary>
    public const string TokenNotYetValid = "token_not_yet_valid";

    /// <summary>More than 16 KiB. Status 401.</summary>
    public const string TokenTooLarge = "token_too_large";

    /// <summary>Too many sign-ins with one key or from one address. Status 429.</summary>
    public const string TooManyAttempts = "too_many_attempts";

    /// <summary>
    /// The client named more than a hundred users within a minute for whom Siro gives no token. Status 429, with Retry-After.
    /// </summary>
    public const string TooManyRefusedUsers = "too_many_refused_users";

    /// <summary>More than <c>Sync:MaxItems</c> items, or a line beyond <c>Sync:MaxItemBytes</c>. Status 413.</summary>
    public const string TooManyItems = "too_many_items";

    /// <summary>The replica serves 200 progress streams. Status 503.</summary>
    public const string TooManyStreams = "too_many_streams";

    /// <summary>Ten secrets of the last 24 hours still sign. Status 409.</summary>
    public const string TooManyRotations = "too_many_rotations";

    /// <summary><c>Webhooks:MaxSubscriptions</c> is reached. Status 409.</summary>
    public const string TooManySubscriptions = "too_many_subscriptions";

    /// <summary>
    /// No credential, an Authorization header that is no bearer token, or a bearer token where the gateway takes none. Status 401.
    /// </summary>
    public const string Unauthenticated = "unauthenticated";

    /// <summary>No client has this key. Status 401.</summary>
    public const string UnknownApiKey = "unknown_api_key";

    /// <summary>A good token, but no client has its <c>azp</c>, <c>appid</c>, <c>client_id</c> or <c>sub</c>. Status 401.</summary>
    public const string UnknownClient = "unknown_client";

    /// <summary><c>Siro-Organization</c> names none of the gateway's. Status 400 or 404.</summary>
    public const string UnknownOrganization = "unknown_organization";

    /// <summary>There is no such path, method, content type. Status 404, 405, 415 or 415.</summary>
    public const string UnsupportedMediaType = "unsupported_media_type";

    /// <summary>Web sockets are not passed on. Status 400.</summary>
    public const string UpgradeNotSupported = "upgrade_not_supported";

    /// <summary>The first request with this key is still under way after 30 s. Status 409.</summary>
    public const string UploadInProgress = "upload_in_progress";

    /// <summary>The replica stopped before the bytes were at the storage; send it again. Status 503.</summary>
    public const string UploadInterrupted = "upload_interrupted";

    /// <summary>No such upload, or another client's. Status 404.</summary>
    public const string UploadNotFound = "upload_not_found";

    /// <summary>
    /// Nothing arrived for <c>Uploads:IdleTimeout</c> (30 s), or fewer than 240 bytes a second on average; nothing was kept. Status 408.
    /// </summary>
    public const string UploadStalled = "upload_stalled";

    /// <summary>
    /// The answer to the creation was lost or a 5xx: the recording may exist; <c>uploadId</c> names the upload, whose
    /// <c>likelyMatches</c> help to decide. Status 502.
    /// </summary>
    public const string UploadUncertain = "upload_uncertain";

    /// <summary>The disk gave back other bytes; the stored upload can't be decrypted with the configured keys. Status 500.</summary>
    public const string UploadUnreadable = "upload_unreadable";

    /// <summary>The client may not act for the user of <c>Siro-User</c>, or the organization has no such user. Status 403.</summary>
    public const string UserForbidden = "user_forbidden";

    /// <summary>An email could not be looked up at Siro now. Status 503.</summary>
    public const string UserLookupUnavailable = "user_lookup_unavailable";

    /// <summary><c>/platform</c> and <c>/internal</c> need an acting user, and none is named or configured. Status 400.</summary>
    public const string UserRequired = "user_required";

    /// <summary>A token for somebody else, or from somebody else. Status 401.</summary>
    public const string WrongAudience = "wrong_audience";

    /// <summary>A token for somebody else, or from somebody else. Status 401.</summary>
    public const string WrongIssuer = "wrong_issuer";
}
