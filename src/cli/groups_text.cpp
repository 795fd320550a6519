#include "cli/groups_text.h"

#include "cli/table.h"

#include <nlohmann/json.hpp>

namespace galen::cli {

namespace human {

namespace {

std::string ends_text(const client::GroupView& group) {
  return group.ends_ms ? instant_text(*group.ends_ms) : "no end";
}

}  // namespace

std::string text(const client::GroupView& group) {
  std::vector<std::pair<std::string, std::string>> fields{
      {"group", group.group},
      {"kind", group.kind},
      {"name", group.name},
      {"steward", group.steward},
      {"version", std::to_string(group.version) + ", height " + std::to_string(group.height)},
      {"document", group.document},
      {"ends", ends_text(group)},
      {"organisations", joined(group.organisations)}};
  if (group.is_member)
    fields.emplace_back("the person", *group.is_member ? "a member" : "no member");
  return fields_text(fields);
}

std::string text(const std::vector<client::GroupView>& groups, bool full) {
  Table table({"GROUP", "KIND", "NAME", "STEWARD", "VERSION", "ENDS", "ORGANISATIONS"});
  for (const auto& group : groups) {
    table.add({short_id(group.group, full),
               group.kind,
               group.name,
               group.steward,
               std::to_string(group.version),
               ends_text(group),
               joined(group.organisations)});
  }
  return table.text();
}

}  // namespace human

namespace json {

namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json to_json(const client::GroupView& group) {
  Json json{{"group", group.group},
            {"kind", group.kind},
            {"name", group.name},
            {"steward", group.steward},
            {"version", group.version},
            {"document", group.document},
            {"height", group.height},
            {"ends_ms", group.ends_ms ? Json(*group.ends_ms) : Json(nullptr)},
            {"organisations", group.organisations}};
  if (group.is_member) json["member"] = *group.is_member;
  return json;
}

}  // namespace

std::string text(const client::GroupView& group) {
  return dump(to_json(group));
}

std::string text(const std::vector<client::GroupView>& groups) {
  Json list = Json::array();
  for (const auto& group : groups) list.push_back(to_json(group));
  return dump(list);
}

}  // namespace json

}  // namespace galen::cli
