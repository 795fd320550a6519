#include "client/people.h"

#include "base/hex.h"
#include "client/key_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

namespace galen::client {
namespace {

class PeopleTest : public ::testing::Test {
 protected:
  PeopleTest() {
    std::string name = (std::filesystem::temp_directory_path() / "galen-people-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
  }

  ~PeopleTest() override { std::filesystem::remove_all(root_); }

  [[nodiscard]] std::string path() const { return root_ + "/people"; }

  static Person practitioner(std::uint8_t byte) {
    Person person;
    person.id.value.fill(byte);
    person.kind = PersonKind::kPractitioner;
    person.role = "clinician";
    person.signing_key = crypto::PrivateKey::generate();
    person.agreement_key = crypto::PrivateKey::generate();
    return person;
  }

  std::string root_;
};

TEST_F(PeopleTest, KeepsKeysForLater) {
  const PeopleDirectory people(path());
  const Person person = practitioner(1);
  ASSERT_TRUE(people.add(person));
  const auto loaded = people.load(person.id);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->kind, PersonKind::kPractitioner);
  EXPECT_EQ(loaded->role, "clinician");
  EXPECT_EQ(loaded->signing_key->public_key(), person.signing_key->public_key());
  EXPECT_EQ(loaded->agreement_key->public_key(), person.agreement_key->public_key());
}

TEST_F(PeopleTest, NewKeysStandBesideTheOldUntilTheyArePromoted) {
  const PeopleDirectory people(path());
  const Person person = practitioner(1);
  ASSERT_TRUE(people.add(person));
  Person next;
  next.id = person.id;
  next.signing_key = crypto::PrivateKey::generate();
  next.signing_index = 3;
  ASSERT_TRUE(people.stage_keys(next));
  EXPECT_EQ(people.load(person.id)->signing_index, 0);
  people.discard_keys(person.id);
  ASSERT_TRUE(people.promote_keys(person.id));
  EXPECT_EQ(people.load(person.id)->signing_key->public_key(), person.signing_key->public_key());
  ASSERT_TRUE(people.stage_keys(next));
  ASSERT_TRUE(people.promote_keys(person.id));
  const auto loaded = people.load(person.id);
  EXPECT_EQ(loaded->signing_key->public_key(), next.signing_key->public_key());
  EXPECT_EQ(loaded->signing_index, 3);
  EXPECT_EQ(loaded->agreement_key->public_key(), person.agreement_key->public_key());
}

TEST_F(PeopleTest, TheKeyIndexIsTheFirstLineOfItsFile) {
  const auto key = crypto::PrivateKey::generate();
  EXPECT_EQ(indexed_key_text({key, 0}), key.to_pem());
  const std::string file = root_ + "/key.pem";
  ASSERT_TRUE(create_private_file(file, indexed_key_text({key, 12})));
  EXPECT_EQ(read_indexed_key_file(file)->index, 12);
  EXPECT_EQ(read_key_file(file)->public_key(), key.public_key());
  for (const char* line : {"# galen key index: \n",
                           "# galen key index: x\n",
                           "# galen key index: 70000\n",
                           "# galen key index: 1"}) {
    const std::string bad = root_ + "/bad.pem";
    ASSERT_TRUE(create_private_file(bad, std::string(line) + key.to_pem()));
    EXPECT_FALSE(read_indexed_key_file(bad)) << line;
    std::filesystem::remove(bad);
  }
}

TEST_F(PeopleTest, ListsOneKindSorted) {
  const PeopleDirectory people(path());
  EXPECT_TRUE(people.list(PersonKind::kPatient)->empty());
  Person patient = practitioner(9);
  patient.kind = PersonKind::kPatient;
  ASSERT_TRUE(people.add(practitioner(2)));
  ASSERT_TRUE(people.add(patient));
  ASSERT_TRUE(people.add(practitioner(1)));
  const auto ids = people.list(PersonKind::kPractitioner);
  ASSERT_EQ(ids->size(), 2U);
  EXPECT_LT(ids->front(), ids->back());
  EXPECT_EQ(people.list(PersonKind::kPatient)->front(), patient.id);
}

TEST_F(PeopleTest, UnknownAndForgottenPersonsAreNotFound) {
  const PeopleDirectory people(path());
  const Person person = practitioner(1);
  EXPECT_EQ(people.load(person.id).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(people.add(person));
  people.remove(person.id);
  EXPECT_EQ(people.load(person.id).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(std::filesystem::is_empty(path()));
}

TEST_F(PeopleTest, NeverOverwritesAPerson) {
  const PeopleDirectory people(path());
  ASSERT_TRUE(people.add(practitioner(1)));
  EXPECT_EQ(people.add(practitioner(1)).error().code, ErrorCode::kAlreadyExists);
}

TEST_F(PeopleTest, FilesAreTheOwnersOnly) {
  const PeopleDirectory people(path());
  ASSERT_TRUE(people.add(practitioner(1)));
  for (const auto& entry : std::filesystem::directory_iterator(path())) {
    struct stat info {};

    ASSERT_EQ(::stat(entry.path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U) << entry.path();
  }
}

TEST_F(PeopleTest, OpenKeyFileIsRefused) {
  const PeopleDirectory people(path());
  const Person person = practitioner(1);
  ASSERT_TRUE(people.add(person));
  const std::string file = path() + "/" + to_hex(person.id) + ".signing.pem";
  ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
  const auto loaded = people.load(person.id);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kConfig);
  EXPECT_NE(loaded.error().message.find(file), std::string::npos);
}

TEST_F(PeopleTest, UnknownKeyInADescriptionIsRefused) {
  const PeopleDirectory people(path());
  const Person person = practitioner(1);
  ASSERT_TRUE(people.add(person));
  std::ofstream(path() + "/" + to_hex(person.id) + ".toml") << "kind = \"patient\"\nname = \"x\"\n";
  EXPECT_EQ(people.load(person.id).error().code, ErrorCode::kConfig);
}

TEST_F(PeopleTest, KeyThatIsNoneIsRefused) {
  const std::string file = root_ + "/key.pem";
  ASSERT_TRUE(create_private_file(file, "not a key"));
  EXPECT_EQ(read_key_file(file).error().code, ErrorCode::kConfig);
  EXPECT_EQ(read_key_file(root_ + "/none.pem").error().code, ErrorCode::kConfig);
}

}  // namespace
}  // namespace galen::client
