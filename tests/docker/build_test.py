#!/usr/bin/env python3
"""docker/Dockerfile as users build it: from the sources alone, on the base image alone. Compiles everything: long."""

import json
import unittest

from counted import main
from engine import BASE_IMAGE, BIN, SOURCE, Engine, command

BUILT = "galen-test-built"


class BuildTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = cls.enterClassContext(Engine())
        proxies = cls.engine.proxies()
        cls.engine.docker("build", "--network", "host", "--quiet", "--tag", BUILT, *proxies, "--file",
                          SOURCE / "docker/Dockerfile", SOURCE, env={"DOCKER_BUILDKIT": "0"}, seconds=3 * 3600)

    def inside(self, *words, **options):
        return self.engine.docker("run", "--rm", "--network", "none", "--read-only", BUILT, *words, **options)

    def test_its_programs_are_those_of_this_tree(self):
        for words in (("galen", "version"), ("galend", "version")):
            self.assertEqual(self.inside(*words).stdout, command(BIN / words[0], *words[1:]).stdout)

    def test_a_consortium_is_made_with_it_as_nobody_in_particular(self):
        made = self.engine.docker("run", "--rm", "--network", "none", "--read-only", "--tmpfs", "/tmp:mode=1777", BUILT, "sh", "-c",
                                  "galen network create --dir /tmp/n && galend check-config --config /tmp/n/hospital-2/galend.toml")
        self.assertIn("organisation hospital-2", made.stdout)
        self.assertEqual(self.inside("id", "-u").stdout.strip(), "10001")

    def test_no_compiler_and_no_sources_are_left_in_it(self):
        for absent in ("/usr/bin/c++", "/usr/bin/cmake", "/galen/src", "/galen/build"):
            self.assertNotEqual(self.inside("test", "-e", absent, check=False).returncode, 0, absent)

    def test_it_adds_little_to_its_base(self):
        sizes = {name: json.loads(self.engine.docker("image", "inspect", name).stdout)[0]["Size"] for name in (BASE_IMAGE, BUILT)}
        self.assertLess(sizes[BUILT] - sizes[BASE_IMAGE], 200_000_000)


if __name__ == "__main__":
    main("docker_build")
