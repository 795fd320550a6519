#include "cli/versions_text.h"

#include "cli/json_text.h"
#include "cli/table.h"

#include <nlohmann/json.hpp>

namespace galen::cli {

namespace human {

std::string text(const std::vector<client::VersionView>& versions, bool full) {
  Table table({"RECORD", "STATUS", "BY", "APPENDED", "HEIGHT", "WHY", "ENDED", "HEIGHT", "WHY"});
  for (const auto& version : versions) {
    const bool retracted = version.retracted_ms.has_value();
    const auto& ended_ms = retracted ? version.retracted_ms : version.superseded_ms;
    const auto& ended_height = retracted ? version.retracted_height : version.superseded_height;
    const bool erased = version.custodian.empty();
    table.add({short_id(version.record, full),
               version.status,
               erased ? "-" : version.custodian,
               erased ? "-" : instant_text(version.appended_ms),
               erased ? "-" : std::to_string(version.appended_height),
               version.reason.empty() ? "-" : version.reason,
               ended_ms ? instant_text(*ended_ms) : "-",
               ended_height ? std::to_string(*ended_height) : "-",
               version.retraction.empty() ? "-" : version.retraction});
  }
  return table.text();
}

std::string text(const std::vector<client::GrantVersionView>& versions, bool full) {
  Table table({"GRANT",
               "EFFECT",
               "STATUS",
               "TO",
               "BY",
               "GIVEN",
               "HEIGHT",
               "ENDED",
               "ENDED BY",
               "REPLACES"});
  for (const auto& version : versions) {
    const client::GrantView& grant = version.grant;
    std::string replaces;
    for (const auto& older : version.supersedes)
      replaces += (replaces.empty() ? "" : " ") + short_id(older, full);
    const std::string ended_by = version.revoked         ? version.revoked->by
                                 : version.superseded_by ? short_id(*version.superseded_by, full)
                                                         : "-";
    table.add({short_id(grant.grant, full),
               grant.permit ? "permit" : "deny",
               grant.status,
               short_id(grant.grantee, full),
               grant.given_by + ", " + version.brought_by,
               instant_text(version.given_ms),
               std::to_string(version.given_height),
               grant.ended_ms ? instant_text(*grant.ended_ms) : "-",
               ended_by,
               replaces.empty() ? "-" : replaces});
  }
  return table.text();
}

}  // namespace human

namespace json {

namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json optional(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

}  // namespace

std::string text(const std::vector<client::VersionView>& versions) {
  Json list = Json::array();
  for (const auto& version : versions) {
    list.push_back({{"record", version.record},
                    {"status", version.status},
                    {"custodian", or_null(version.custodian)},
                    {"appended_ms", version.appended_ms},
                    {"appended_height", version.appended_height},
                    {"reason", or_null(version.reason)},
                    {"label_reason", or_null(version.label_reason)},
                    {"labels", version.labels},
                    {"labels_key_id", optional(version.labels_key_id)},
                    {"address", or_null(version.address)},
                    {"superseded_ms", optional(version.superseded_ms)},
                    {"superseded_height", optional(version.superseded_height)},
                    {"retraction", or_null(version.retraction)},
                    {"retracted_ms", optional(version.retracted_ms)},
                    {"retracted_height", optional(version.retracted_height)},
                    {"proven_height", version.proven_height}});
  }
  return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string text(const std::vector<client::GrantVersionView>& versions) {
  Json list = Json::array();
  for (const auto& version : versions) {
    Json revoked(nullptr);
    if (version.revoked) {
      revoked = {{"by", version.revoked->by},
                 {"reason", version.revoked->reason},
                 {"time_ms", version.revoked->time_ms},
                 {"height", version.revoked->height}};
    }
    list.push_back({{"grant", Json::parse(text(version.grant))},
                    {"brought_by", version.brought_by},
                    {"given_ms", version.given_ms},
                    {"given_height", version.given_height},
                    {"supersedes", version.supersedes},
                    {"superseded_by", optional(version.superseded_by)},
                    {"revoked", revoked},
                    {"proven_height", version.proven_height}});
  }
  return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace json

}  // namespace galen::cli
