#include "client/people.h"

#include "base/hex.h"
#include "client/key_file.h"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <toml++/toml.h>

namespace galen::client {

namespace {

constexpr const char* kSigning = ".signing.pem";
constexpr const char* kAgreement = ".agreement.pem";
constexpr const char* kStaged = ".next";

std::string text_of(const Person& person) {
  if (person.kind == PersonKind::kPatient) return "kind = \"patient\"\n";
  if (person.kind == PersonKind::kProxy) return "kind = \"proxy\"\n";
  return "kind = \"practitioner\"\nrole = \"" + person.role + "\"\n";
}

std::optional<PersonKind> kind_of(const std::string& text) {
  if (text == "patient") return PersonKind::kPatient;
  if (text == "practitioner") return PersonKind::kPractitioner;
  if (text == "proxy") return PersonKind::kProxy;
  return std::nullopt;
}

Status read_table(const toml::table& table, const std::string& path, Person& person) {
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    const auto value = node.value_exact<std::string>();
    if (!value || (name != "kind" && name != "role")) {
      return fail(
          ErrorCode::kConfig,
          path + ":" + std::to_string(node.source().begin.line) + ": unknown key '" + name + "'");
    }
    if (name == "role") person.role = *value;
    if (name != "kind") continue;
    const auto kind = kind_of(*value);
    if (!kind) return fail(ErrorCode::kConfig, path + ": kind is patient, practitioner or proxy");
    person.kind = *kind;
  }
  if (!table.contains("kind")) return fail(ErrorCode::kConfig, path + ": key 'kind' is missing");
  return {};
}

Status parse_person(const std::string& text, const std::string& path, Person& person) {
  try {
    return read_table(toml::parse(text, path), path, person);
  } catch (const std::exception& error) {
    return fail(ErrorCode::kConfig, path + ": " + error.what());
  }
}

std::string signing_text(const Person& person) {
  return indexed_key_text({*person.signing_key, person.signing_index});
}

Status read_signing_key(const std::string& path, Person& person) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return {};
  GALEN_TRY(auto indexed, read_indexed_key_file(path));
  person.signing_key = std::move(indexed.key);
  person.signing_index = indexed.index;
  return {};
}

Result<std::optional<crypto::PrivateKey>> optional_key(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return std::optional<crypto::PrivateKey>();
  GALEN_TRY(auto key, read_key_file(path));
  return std::optional<crypto::PrivateKey>(std::move(key));
}

}  // namespace

std::string PeopleDirectory::file(const AccountId& id, const char* ending) const {
  return path_ + "/" + to_hex(id) + ending;
}

Status PeopleDirectory::add(const Person& person) const {
  GALEN_TRY_STATUS(ensure_private_directory(path_));
  if (person.signing_key) {
    GALEN_TRY_STATUS(create_private_file(file(person.id, kSigning), signing_text(person)));
  }
  if (person.agreement_key) {
    GALEN_TRY_STATUS(
        create_private_file(file(person.id, kAgreement), person.agreement_key->to_pem()));
  }
  // The description comes last: a person without one is not listed.
  return create_private_file(file(person.id, ".toml"), text_of(person));
}

Status PeopleDirectory::stage_keys(const Person& person) const {
  discard_keys(person.id);
  if (person.signing_key) {
    GALEN_TRY_STATUS(
        create_private_file(file(person.id, kSigning) + kStaged, signing_text(person)));
  }
  if (!person.agreement_key) return {};
  return create_private_file(file(person.id, kAgreement) + kStaged, person.agreement_key->to_pem());
}

Status PeopleDirectory::promote_keys(const AccountId& id) const {
  for (const char* ending : {kSigning, kAgreement}) {
    const std::string path = file(id, ending);
    std::error_code error;
    if (!std::filesystem::exists(path + kStaged, error)) continue;
    std::filesystem::rename(path + kStaged, path, error);
    if (error) return fail(ErrorCode::kIo, path + ": " + error.message());
  }
  return {};
}

void PeopleDirectory::discard_keys(const AccountId& id) const {
  std::error_code ignored;
  for (const char* ending : {kSigning, kAgreement}) {
    std::filesystem::remove(file(id, ending) + kStaged, ignored);
  }
}

void PeopleDirectory::remove(const AccountId& id) const {
  std::error_code ignored;
  for (const char* ending : {".toml", kSigning, kAgreement}) {
    std::filesystem::remove(file(id, ending), ignored);
  }
}

Result<Person> PeopleDirectory::load(const AccountId& id) const {
  const std::string path = file(id, ".toml");
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return fail(ErrorCode::kNotFound, "no keys for this person in " + path_);
  }
  GALEN_TRY(const std::string text, read_text_file(path, kMaxConfigBytes));
  Person person;
  person.id = id;
  GALEN_TRY_STATUS(parse_person(text, path, person));
  GALEN_TRY_STATUS(read_signing_key(file(id, kSigning), person));
  GALEN_TRY(person.agreement_key, optional_key(file(id, kAgreement)));
  return person;
}

Result<std::vector<AccountId>> PeopleDirectory::list(PersonKind kind) const {
  std::vector<AccountId> ids;
  std::error_code error;
  std::filesystem::directory_iterator entries(path_, error);
  if (error) return ids;
  for (const auto& entry : entries) {
    if (entry.path().extension() != ".toml") continue;
    const auto id = fixed_from_hex<AccountId>(entry.path().stem().string(), "people file");
    if (!id) continue;
    const std::string path = entry.path().string();
    GALEN_TRY(const std::string text, read_text_file(path, kMaxConfigBytes));
    Person person;
    GALEN_TRY_STATUS(parse_person(text, path, person));
    if (person.kind == kind) ids.push_back(*id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace galen::client
