#include "fhir/element.h"

#include "fhir/strict_json.h"

#include <algorithm>
#include <limits>

namespace galen::fhir {

namespace {

bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
  });
}

}  // namespace

Element::Element(const Json& node, std::string path, Issues& issues)
    : node_(node), path_(std::move(path)), issues_(issues) {
  if (!node_.is_object()) issues_.error(IssueCode::kStructure, path_, "must be an object");
}

std::string Element::path_of(std::string_view key) const {
  return path_ + "." + printable(key);
}

bool Element::has(std::string_view key) const {
  return node_.is_object() && node_.contains(std::string(key));
}

const Json* Element::take(std::string_view key) {
  taken_.emplace(key);
  if (!node_.is_object()) return nullptr;
  const auto found = node_.find(std::string(key));
  return found == node_.end() ? nullptr : &*found;
}

const Json* Element::take_list(std::string_view key, std::size_t most) {
  const Json* value = take(key);
  if (value == nullptr) return nullptr;
  if (!value->is_array() || value->empty()) {
    refuse(key, IssueCode::kStructure, "must be a list with at least one element");
    return nullptr;
  }
  if (value->size() > most) {
    refuse(key, IssueCode::kTooLong, "has more than " + std::to_string(most) + " elements");
    return nullptr;
  }
  return value;
}

std::optional<std::string> Element::text(std::string_view key) {
  const Json* value = take(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_string() && !value->get_ref<const std::string&>().empty()) {
    return value->get<std::string>();
  }
  refuse(key, IssueCode::kStructure, "must be a text that is not empty");
  return std::nullopt;
}

std::optional<std::string> Element::required_text(std::string_view key) {
  require(has(key), key);
  return text(key);
}

std::optional<std::int64_t> Element::required_whole(std::string_view key,
                                                    std::int64_t least,
                                                    std::int64_t most) {
  require(has(key), key);
  const Json* value = take(key);
  if (value == nullptr) return std::nullopt;
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const bool too_large = value->is_number_unsigned() && value->get<std::uint64_t>() > kMost;
  if (value->is_number_integer() && !too_large) {
    const auto number = value->get<std::int64_t>();
    if (number >= least && number <= most) return number;
  }
  refuse(key,
         IssueCode::kValue,
         "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return std::nullopt;
}

std::optional<bool> Element::required_flag(std::string_view key) {
  require(has(key), key);
  const Json* value = take(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  refuse(key, IssueCode::kStructure, "must be true or false");
  return std::nullopt;
}

void Element::require(bool present, std::string_view key) {
  if (!present && node_.is_object()) refuse(key, IssueCode::kRequired, "is missing");
}

void Element::note_if_present(std::string_view key, const std::string& why) {
  if (take(key) != nullptr) issues_.note(path_of(key), why);
}

void Element::refuse(std::string_view key, IssueCode code, std::string why) {
  issues_.error(code, path_of(key), std::move(why));
}

void Element::finish() {
  if (!node_.is_object()) return;
  for (const auto& item : node_.items()) {
    if (taken_.contains(item.key())) continue;
    refuse(item.key(), IssueCode::kNotSupported, "a grant has no place for this element");
  }
}

std::optional<Coding> read_coding(Element coding) {
  const auto system = coding.required_text("system");
  const auto code = coding.required_text("code");
  coding.ignore_text("display");
  coding.finish();
  if (!system || !code) return std::nullopt;
  return Coding{*system, *code, coding.path()};
}

std::optional<Coding> read_concept(Element value) {
  std::optional<Coding> found;
  const bool present = value.list("coding", 1, [&](Element each) { found = read_coding(each); });
  value.require(present || value.has("coding"), "coding");
  value.ignore_text("text");
  value.finish();
  return found;
}

std::optional<Reference> read_reference(Element reference) {
  const auto text = reference.required_text("reference");
  const auto type = reference.text("type");
  reference.ignore_text("display");
  reference.finish();
  if (!text) return std::nullopt;
  const std::size_t slash = text->find('/');
  Reference found{text->substr(0, slash), "", reference.path()};
  if (slash != std::string::npos) found.id = text->substr(slash + 1);
  if (!is_word(found.type) || !is_word(found.id)) {
    reference.refuse("reference",
                     IssueCode::kNotSupported,
                     "'" + printable(*text) + "' is not a relative reference Type/id");
    return std::nullopt;
  }
  if (type && *type != found.type) {
    reference.refuse("type", IssueCode::kValue, "contradicts the reference");
    return std::nullopt;
  }
  return found;
}

}  // namespace galen::fhir
