#include "fhir/resource_parts.h"

#include "fhir/date_time.h"

#include <utility>

namespace galen::fhir {

OrderedJson coding(const std::string& system, const std::string& code) {
  return {{"system", system}, {"code", code}};
}

OrderedJson concept_of(const std::string& system, const std::string& code) {
  return {{"coding", OrderedJson::array({coding(system, code)})}};
}

OrderedJson reference(const std::string& type, const std::string& id) {
  return {{"reference", type + "/" + id}};
}

OrderedJson identifier(const std::string& system, const std::string& value) {
  return {{"system", system}, {"value", value}};
}

void Extensions::add(const std::string& name, const std::string& type, OrderedJson value) {
  list_.push_back({{"url", kExtensionUrls + name}, {"value" + type, std::move(value)}});
}

void Extensions::add_instant(const std::string& name, std::uint64_t ms) {
  const auto text = instant_text(static_cast<std::int64_t>(ms));
  if (text) return add(name, "Instant", *text);
  add(name + "-ms", "Decimal", ms);
}

void Extensions::put_into(OrderedJson& element, const char* key) && {
  if (!list_.empty()) element[key] = std::move(list_);
}

OrderedJson meta_of(std::uint64_t last_updated_ms, Extensions&& about) {
  OrderedJson meta = OrderedJson::object();
  if (const auto text = instant_text(static_cast<std::int64_t>(last_updated_ms))) {
    meta["lastUpdated"] = *text;
  }
  std::move(about).put_into(meta, "extension");
  return meta;
}

std::string resource_text(const OrderedJson& resource) {
  return resource.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace galen::fhir
