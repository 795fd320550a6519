#include "cli/erasure_text.h"

#include "cli/table.h"

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace galen::cli {

namespace {

constexpr const char* kOverTheLimit = "OVER THE LIMIT";

std::vector<std::string> attested(const client::ErasureView& view, const std::string& phase) {
  std::vector<std::string> names;
  for (const auto& attestation : view.attestations) {
    if (attestation.phase == phase) names.push_back(attestation.organisation);
  }
  return names;
}

/// Who keeps what for too long: once, though both phases may say so.
std::set<std::string> over_limit(const client::ErasureView& view) {
  std::set<std::string> lines;
  for (const auto& attestation : view.attestations) {
    for (const auto& one : attestation.retained) {
      if (!one.over_limit) continue;
      const std::string end =
          one.until_ms == 0 ? "without an end" : "until " + instant_text(one.until_ms);
      lines.insert(attestation.organisation + " keeps " + one.item + " " + end);
    }
  }
  return lines;
}

}  // namespace

namespace human {

std::string text(const std::vector<client::ErasureView>& views, bool full) {
  Table table({"order",
               "scope",
               "height",
               "bodies",
               "keys gone here",
               "bytes gone here",
               "audit log until",
               "keys attested",
               "bytes attested"});
  std::string warnings;
  for (const auto& view : views) {
    const std::string order = short_id(view.order, full);
    table.add({order,
               view.scope,
               std::to_string(view.height),
               std::to_string(view.operations),
               instant_text(view.keys_gone_ms),
               instant_text(view.bytes_gone_ms),
               instant_text(view.audit_until_ms),
               joined(attested(view, "keys")),
               joined(attested(view, "bytes"))});
    for (const std::string& line : over_limit(view)) {
      warnings += std::string(kOverTheLimit) + ": " + visible(order + ": " + line) + "\n";
    }
  }
  return table.text() + warnings;
}

std::string text(const client::ErasureCertificate& certificate) {
  const client::ErasureView& view = certificate.erasure;
  std::vector<std::pair<std::string, std::string>> fields{
      {"order", view.order},
      {"erased", view.scope + " at height " + std::to_string(view.height)},
      {"path", view.path},
      {"bodies", std::to_string(view.operations)},
      {"audit log until", instant_text(view.audit_until_ms)},
      {"keys attested", joined(attested(view, "keys"))},
      {"bytes attested", joined(attested(view, "bytes"))},
      {"nodes", std::to_string(certificate.nodes)}};
  for (const std::string& line : over_limit(view)) fields.emplace_back(kOverTheLimit, line);
  return fields_text(fields);
}

}  // namespace human

namespace json {

namespace {

using Json = nlohmann::ordered_json;

Json to_json(const client::AttestationView& attestation) {
  Json retained = Json::array();
  for (const auto& one : attestation.retained) {
    retained.push_back({{"item", one.item},
                        {"reason", one.reason},
                        {"until_ms", one.until_ms},
                        {"over_limit", one.over_limit}});
  }
  return {{"organisation", attestation.organisation},
          {"phase", attestation.phase},
          {"time_ms", attestation.time_ms},
          {"retained", retained}};
}

Json to_json(const client::ErasureView& view) {
  Json object{{"order", view.order},
              {"scope", view.scope},
              {"path", view.path},
              {"height", view.height},
              {"operations", view.operations},
              {"keys_gone_ms", view.keys_gone_ms},
              {"bytes_gone_ms", view.bytes_gone_ms},
              {"audit_until_ms", nullptr},
              {"attestations", Json::array()}};
  if (view.audit_until_ms != 0) object["audit_until_ms"] = view.audit_until_ms;
  for (const auto& attestation : view.attestations) {
    object["attestations"].push_back(to_json(attestation));
  }
  return object;
}

}  // namespace

std::string text(const std::vector<client::ErasureView>& views) {
  Json list = Json::array();
  for (const auto& view : views) list.push_back(to_json(view));
  return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string text(const client::ErasureCertificate& certificate) {
  Json object = to_json(certificate.erasure);
  object.erase("keys_gone_ms");
  object.erase("bytes_gone_ms");
  object["nodes"] = certificate.nodes;
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace json

}  // namespace galen::cli
