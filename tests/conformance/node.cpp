#include "conformance/node.h"

#include "fhir/strict_json.h"

#include <algorithm>

namespace galen::conformance {

void Node::bad(const std::string& why) const {
  throw BadVector{path_ + ": " + fhir::printable(why)};
}

std::optional<Node> Node::find(const std::string& key) const {
  if (!json_->is_object()) bad("must be an object");
  const auto found = json_->find(key);
  if (found == json_->end() || found->is_null()) return std::nullopt;
  return Node(*found, path_ + "." + fhir::printable(key));
}

Node Node::at(const std::string& key) const {
  const auto found = find(key);
  if (!found) throw BadVector{path_ + "." + fhir::printable(key) + ": is missing"};
  return *found;
}

std::vector<Node> Node::elements() const {
  if (!json_->is_array()) bad("must be a list");
  std::vector<Node> nodes;
  for (std::size_t i = 0; i < json_->size(); ++i) {
    nodes.emplace_back((*json_)[i], path_ + "[" + std::to_string(i) + "]");
  }
  return nodes;
}

std::vector<std::pair<std::string, Node>> Node::members() const {
  if (!json_->is_object()) bad("must be an object");
  std::vector<std::pair<std::string, Node>> nodes;
  for (const auto& item : json_->items()) {
    nodes.emplace_back(item.key(), Node(item.value(), path_ + "." + fhir::printable(item.key())));
  }
  return nodes;
}

std::string Node::text() const {
  if (!json_->is_string()) bad("must be a text");
  return json_->get<std::string>();
}

bool Node::boolean() const {
  if (!json_->is_boolean()) bad("must be true or false");
  return json_->get<bool>();
}

std::uint64_t Node::number() const {
  if (!json_->is_number_unsigned()) bad("must be a whole number from 0");
  return json_->get<std::uint64_t>();
}

std::vector<std::string> Node::texts() const {
  std::vector<std::string> result;
  for (const Node& each : elements()) result.push_back(each.text());
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

void Node::allow_only(std::initializer_list<std::string_view> keys) const {
  for (const auto& [key, member] : members()) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) member.bad("is not known");
  }
}

}  // namespace galen::conformance
