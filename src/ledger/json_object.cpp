#include "ledger/json_object.h"

#include <algorithm>
#include <vector>

namespace galen::ledger {

namespace {

constexpr std::size_t kMaxJsonDepth = 8;

const Json& nothing() {
  static const Json null;
  return null;
}

const Json& empty_list() {
  static const Json empty = Json::array();
  return empty;
}

/// Depth of the brackets outside strings. Counted before parsing, so that a hostile file cannot
/// make the parser build a tower.
std::size_t depth_of(std::string_view text) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

/// The parser keeps one of two equal keys without a word; this notices.
struct DuplicateKeys {
  std::vector<std::set<std::string>> open;
  std::string duplicate;

  void on(Json::parse_event_t event, const Json& parsed) {
    if (event == Json::parse_event_t::object_start) open.emplace_back();
    if (event == Json::parse_event_t::object_end) open.pop_back();
    if (event != Json::parse_event_t::key) return;
    auto key = parsed.get<std::string>();
    if (!open.back().insert(key).second) duplicate = std::move(key);
  }
};

}  // namespace

JsonObject::JsonObject(const Json& node, std::string path, Status& status)
    : node_(node), path_(std::move(path)), status_(status) {
  if (!node_.is_object()) refuse(path_, "must be an object");
}

std::string JsonObject::path_of(std::string_view key) const {
  return path_ + "." + std::string(key);
}

void JsonObject::refuse(const std::string& path, const std::string& why) {
  if (status_) status_ = fail(ErrorCode::kInvalidArgument, path + " " + why);
}

const Json& JsonObject::take(std::string_view key) {
  if (!status_) return nothing();
  taken_.emplace(key);
  const auto found = node_.find(std::string(key));
  if (found != node_.end()) return *found;
  refuse(path_of(key), "is missing");
  return nothing();
}

const Json& JsonObject::take_list(std::string_view key, std::size_t most) {
  const Json& value = take(key);
  if (!value.is_array()) {
    refuse(path_of(key), "must be a list");
    return empty_list();
  }
  if (value.size() > most) {
    refuse(path_of(key), "has more than " + std::to_string(most) + " elements");
    return empty_list();
  }
  return value;
}

std::uint64_t JsonObject::number(std::string_view key, std::uint64_t most) {
  const Json& value = take(key);
  if (!value.is_number_unsigned()) {
    refuse(path_of(key), "must be a whole number from 0");
    return 0;
  }
  const auto number = value.get<std::uint64_t>();
  if (number > most) refuse(path_of(key), "must be at most " + std::to_string(most));
  return status_ ? number : 0;
}

bool JsonObject::boolean(std::string_view key) {
  const Json& value = take(key);
  if (!value.is_boolean()) {
    refuse(path_of(key), "must be true or false");
    return false;
  }
  return value.get<bool>();
}

std::string JsonObject::text(std::string_view key) {
  return text_of(take(key), path_of(key));
}

std::string JsonObject::text_of(const Json& element, const std::string& path) {
  if (!element.is_string()) {
    refuse(path, "must be a text");
    return {};
  }
  return element.get<std::string>();
}

JsonObject JsonObject::object(std::string_view key) {
  return JsonObject(take(key), path_of(key), status_);
}

void JsonObject::finish() {
  if (!status_) return;
  for (const auto& item : node_.items()) {
    if (!taken_.contains(item.key())) refuse(path_of(item.key()), "is not known");
  }
}

Result<Json> parse_json(std::string_view text, std::size_t max_bytes) {
  if (text.size() > max_bytes) {
    return fail(ErrorCode::kTooLarge,
                std::to_string(text.size()) + " bytes, the limit is " + std::to_string(max_bytes));
  }
  if (depth_of(text) > kMaxJsonDepth) {
    return fail(ErrorCode::kInvalidArgument, "lists and objects nested too deep");
  }
  DuplicateKeys keys;
  try {
    Json json = Json::parse(text, [&keys](int, Json::parse_event_t event, Json& parsed) {
      keys.on(event, parsed);
      return true;
    });
    if (!keys.duplicate.empty()) {
      return fail(ErrorCode::kInvalidArgument, "the key \"" + keys.duplicate + "\" twice");
    }
    return json;
  } catch (const Json::parse_error& error) {
    return fail(ErrorCode::kInvalidArgument, "not JSON at byte " + std::to_string(error.byte));
  } catch (const Json::exception& error) {
    return fail(ErrorCode::kInvalidArgument, error.what());
  }
}

}  // namespace galen::ledger
