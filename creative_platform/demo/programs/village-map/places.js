const PLACES = [
  { name: "The well", about: "The coldest water in summer.", x: 22, y: 30 },
  { name: "The orchard shortcut", about: "Mind the nettles.", x: 47, y: 52 },
  { name: "The friendly dog", about: "His name is Aqtos. He is old and likes bread.", x: 63, y: 40 },
  { name: "School", about: "We drew this map on the second floor.", x: 55, y: 22 },
  { name: "The hill", about: "From here you can see the train come.", x: 84, y: 70 },
];
const PATHS = [[0, 3], [3, 2], [2, 1], [1, 4]];
